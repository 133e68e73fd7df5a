import * as React from 'react';
import Markdown, { type Components } from 'react-markdown';
import { FreeText, visibleText } from './free_text';

/** Emphasis is resolved in time quadratic in its marks, and every level of nesting is a call. */
const MAX_MARKS = 400;
const MAX_NESTING = 20;
const NESTED = new RegExp(`^(?:[ \\t]*(?:[>*+-]|\\d{1,9}[.)])){${MAX_NESTING}}`, 'm');

/**
 * Markdown by anyone, as elements: HTML in it is text, images are named and never fetched, and only
 * addresses of the web become links. What would take the page too long to read is shown as written.
 */
export const MarkdownText = React.memo(function MarkdownText(props: {
  text: string;
}): React.JSX.Element {
  const { text } = props;
  const plain = <AsWritten text={text} />;
  return (
    <div className="hl-Markdown" dir="auto">
      {isTangled(text) ? (
        plain
      ) : (
        <Otherwise key={text} show={plain}>
          <Markdown components={COMPONENTS} rehypePlugins={PLUGINS} urlTransform={webAddress}>
            {text}
          </Markdown>
        </Otherwise>
      )}
    </div>
  );
});

/** Whether a text holds more marks than a person would write. */
export function isTangled(text: string): boolean {
  return (
    NESTED.test(text) ||
    text.split(/\n[ \t]*\n/).some(block => (block.match(/[*_]/g)?.length ?? 0) > MAX_MARKS)
  );
}

/** An address that a link may lead to, "" for any other. */
export function webAddress(address: string): string {
  try {
    const url = new URL(address);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : '';
  } catch {
    return '';
  }
}

function AsWritten({ text }: { text: string }): React.JSX.Element {
  return (
    <p className="hl-Markdown-written">
      <FreeText text={text} />
    </p>
  );
}

class Otherwise extends React.Component<
  { show: React.ReactNode; children: React.ReactNode },
  { failed: boolean }
> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): React.ReactNode {
    return this.state.failed ? this.props.show : this.props.children;
  }
}

function Link(props: { href?: string; children?: React.ReactNode }): React.JSX.Element {
  const { href, children } = props;
  return href ? (
    <a href={href} title={visibleText(href)} target="_blank" rel="noopener noreferrer">
      <bdi>{children}</bdi>
    </a>
  ) : (
    <bdi title="not an address of the web, so no link">{children}</bdi>
  );
}

/** The element's own address: what a page may fetch and what it may name differ. */
function Image(props: { node?: Element; alt?: string }): React.JSX.Element {
  const address = String(props.node?.properties.address ?? '');
  return (
    <span className="hl-Markdown-image" title="images of a note are not fetched">
      {'image: '}
      <FreeText text={[props.alt, address].filter(Boolean).join(', ')} />
    </span>
  );
}

/** Headings of a note stand below those of the page that shows it. */
const COMPONENTS: Components = {
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  img: ({ node, alt }) => <Image node={node as Element | undefined} alt={alt} />,
  h1: ({ children }) => <h5>{children}</h5>,
  h2: ({ children }) => <h5>{children}</h5>,
  h3: ({ children }) => <h6>{children}</h6>,
  h4: ({ children }) => <h6>{children}</h6>,
  h5: ({ children }) => <h6>{children}</h6>
};

interface Element {
  type: string;
  tagName?: string;
  value?: string;
  properties: Record<string, unknown>;
  children?: Element[];
}

/** Shows what would not show or would reorder the text, and keeps addresses of images as text. */
function makeVisible() {
  const walk = (node: Element): void => {
    if (node.type === 'text' || node.type === 'raw') {
      node.value = visibleText(node.value ?? '');
    }
    if (node.tagName === 'img') {
      node.properties = { alt: node.properties.alt, address: node.properties.src };
    }
    if (node.properties?.title !== undefined) {
      delete node.properties.title;
    }
    node.children?.forEach(walk);
  };
  return (tree: unknown) => walk(tree as Element);
}

const PLUGINS = [makeVisible];
