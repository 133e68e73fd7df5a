import * as React from 'react';
import { useElementId } from './use_element_id';

/** A titled part of a card's page: a landmark that the index can lead to. */
export function CardSection(props: {
  title: string;
  children: React.ReactNode;
  note?: React.ReactNode;
}): React.JSX.Element {
  const id = useElementId();
  return (
    <section className="hl-CardSection" aria-labelledby={id} data-section={props.title}>
      <h3 id={id} className="hl-CardSection-title" tabIndex={-1}>
        {props.title}
      </h3>
      {props.note && <p className="hl-CardSection-note hl-dim">{props.note}</p>}
      {props.children}
    </section>
  );
}

/** Leads to the sections of the page it stands in. */
export function CardIndex({ titles }: { titles: readonly string[] }): React.JSX.Element {
  const nav = React.useRef<HTMLElement>(null);
  const go = (title: string) => {
    const sections = nav.current?.parentElement?.querySelectorAll<HTMLElement>('[data-section]');
    const section = Array.from(sections ?? []).find(found => found.dataset.section === title);
    section?.scrollIntoView?.({ block: 'start' });
    section?.querySelector<HTMLElement>('h3')?.focus({ preventScroll: true });
  };
  return (
    <nav className="hl-CardIndex" aria-label="Sections of the card" ref={nav}>
      {titles.map(title => (
        <button key={title} className="hl-CardIndex-link" onClick={() => go(title)}>
          {title}
        </button>
      ))}
    </nav>
  );
}
