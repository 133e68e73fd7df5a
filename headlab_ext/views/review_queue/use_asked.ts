import * as React from 'react';
import { messageOf } from '../problems';

export interface Asked<T> {
  value: T | null;
  asking: boolean;
  problem: string | null;
  ask(request: () => Promise<T>): void;
}

/** An answer that is asked for by hand; only the newest question counts. */
export function useAsked<T>(): Asked<T> {
  const [state, setState] = React.useState<Omit<Asked<T>, 'ask'>>({
    value: null,
    asking: false,
    problem: null
  });
  const asked = React.useRef(0);
  const ask = async (request: () => Promise<T>) => {
    const number = ++asked.current;
    setState({ ...state, asking: true, problem: null });
    try {
      const value = await request();
      if (number === asked.current) {
        setState({ value, asking: false, problem: null });
      }
    } catch (error) {
      if (number === asked.current) {
        setState({ ...state, asking: false, problem: messageOf(error) });
      }
    }
  };
  return { ...state, ask: request => void ask(request) };
}
