import { render } from '@testing-library/react';
import * as React from 'react';
import { expect, it } from 'vitest';
import { useElementId } from './use_element_id';

function Field(props: { shown: number }): React.JSX.Element {
  const id = useElementId();
  return (
    <label htmlFor={id} data-shown={props.shown}>
      Filter <input id={id} />
    </label>
  );
}

const ids = (root: ParentNode) => [...root.querySelectorAll('input')].map(input => input.id);

it('differs between roots of one page and stays over renders', () => {
  const first = render(<Field shown={1} />);
  const second = render(<Field shown={1} />); // a root of its own, as every widget is
  const found = [...ids(first.container), ...ids(second.container)];
  expect(new Set(found).size).toBe(2);
  first.rerender(<Field shown={2} />);
  expect(ids(first.container)).toEqual(found.slice(0, 1));
});
