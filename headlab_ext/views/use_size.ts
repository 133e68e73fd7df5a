import { useLayoutEffect, useState, type RefObject } from 'react';

export interface Size {
  width: number;
  /** Device pixels for each CSS pixel; changes with the page's zoom. */
  scale: number;
}

/** The inner width of an element, followed as it changes; `fallback` where nothing is laid out. */
export function useSize(element: RefObject<HTMLElement | null>, fallback: number): Size {
  const [size, setSize] = useState<Size>({ width: fallback, scale: 1 });
  useLayoutEffect(() => {
    const node = element.current;
    if (!node) {
      return;
    }
    const read = () => {
      const next = { width: node.clientWidth || fallback, scale: window.devicePixelRatio || 1 };
      setSize(old => (old.width === next.width && old.scale === next.scale ? old : next));
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(node);
    window.addEventListener('resize', read);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', read);
    };
  }, [element, fallback]);
  return size;
}
