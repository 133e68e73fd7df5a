import { useEffect, useState, type RefObject } from 'react';

/** Whether any of an element is on the screen; true until the browser says otherwise. */
export function useVisible(element: RefObject<HTMLElement | null>): boolean {
  const [visible, setVisible] = useState(true);
  useEffect(() => {
    const node = element.current;
    if (!node) {
      return;
    }
    const observer = new IntersectionObserver(entries =>
      setVisible(entries[entries.length - 1].isIntersecting)
    );
    observer.observe(node);
    return () => observer.disconnect();
  }, [element]);
  return visible;
}
