import * as React from 'react';
import { HELP_TOPICS, type Block, type Explained, type HelpTopic } from './help_topics';
import { KeyTable } from './key_table';

/** The topics of the help, one below the other, with a list of them at the top. */
export function HelpView(): React.JSX.Element {
  const root = React.useRef<HTMLElement>(null);
  const go = (topic: HelpTopic) => {
    const heading = root.current?.querySelector<HTMLElement>(`[data-topic="${topic.id}"]`);
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus({ preventScroll: true });
  };
  return (
    <article className="hl-HelpView" aria-label="HeadLab help" ref={root}>
      <nav className="hl-HelpView-topics" aria-label="Topics">
        {HELP_TOPICS.map(topic => (
          <button key={topic.id} type="button" className="hl-Button" onClick={() => go(topic)}>
            {topic.title}
          </button>
        ))}
      </nav>
      {HELP_TOPICS.map(topic => (
        <section key={topic.id} className="hl-HelpView-topic">
          <h2 data-topic={topic.id} tabIndex={-1}>
            {topic.title}
          </h2>
          {topic.blocks.map((block, index) => (
            <HelpBlock key={index} block={block} />
          ))}
        </section>
      ))}
    </article>
  );
}

function HelpBlock({ block }: { block: Block }): React.JSX.Element {
  switch (block.kind) {
    case 'text':
      return (
        <p>
          <WithCode text={block.text} />
        </p>
      );
    case 'steps':
      return (
        <ol>
          {block.steps.map(step => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      );
    case 'terms':
      return (
        <dl className="hl-HelpView-terms">
          {block.terms.map(term => (
            <Term key={term.term} {...term} />
          ))}
        </dl>
      );
    case 'keys':
      return <KeyTable className="hl-HelpView-keys" caption={block.title} rows={block.keys} />;
  }
}

function Term({ term, text, formula, source }: Explained): React.JSX.Element {
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        <WithCode text={text} />
        {formula && <code className="hl-HelpView-formula">{formula}</code>}
        {source && (
          <span className="hl-HelpView-source">
            Source:{' '}
            <a href={source.url} target="_blank" rel="noreferrer noopener">
              {source.title}
            </a>
          </span>
        )}
      </dd>
    </div>
  );
}

/** Text in which what stands between backquotes is code. */
function WithCode({ text }: { text: string }): React.JSX.Element {
  return (
    <>
      {text
        .split('`')
        .map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
    </>
  );
}
