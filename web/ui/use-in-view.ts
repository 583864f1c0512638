import { useEffect, useRef } from 'react';

/**
 * A row that scrolls sideways on a narrow screen: what is chosen in it is brought into view, the rest of the page stays where it is.
 * @param chosen What is chosen; each change looks again.
 * @param selector Finds the chosen element inside the row.
 */
export function useInView<Row extends HTMLElement>(chosen: string, selector: string) {
  const row = useRef<Row>(null);
  useEffect(() => {
    const found = row.current?.querySelector(selector);
    if (row.current === null || !(found instanceof HTMLElement) || chosen === '') return;
    const [outer, inner] = [row.current.getBoundingClientRect(), found.getBoundingClientRect()];
    if (inner.left < outer.left || inner.right > outer.right)
      row.current.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }, [chosen, selector]);
  return row;
}
