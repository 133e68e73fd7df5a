// Records and an entry API for specs: small, whole and with known answers.
import type {
  AffectedPosition,
  AffectedToken,
  Context,
  Draft,
  Entry,
  EvidenceCard,
  HeadView,
  HistoryConflict,
  Mapping,
  OwnDraft,
  PromptText,
  RelationEvidence,
  ReviewEdit,
  Revision
} from '../contract/records';
import { ApiError, type EntryApi, type TypingApi } from './api';

export function makeContext(over: Partial<Context> = {}): Context {
  return {
    prompt: 0,
    position: 1,
    before: ['‹<s>›', ' Paris'],
    next_id: 7,
    next: ' is',
    after: [' big'],
    ...over
  };
}

export function makeRelation(over: Partial<RelationEvidence> = {}): RelationEvidence {
  return {
    name: 'country_to_capital',
    category: 'knowledge',
    k: 10,
    n_pairs: 120,
    score: 0.9,
    rank: 1,
    control: 0.05,
    suppression: 0,
    suppression_rank: 30,
    suppression_control: 0.04,
    n_heads: 60,
    ...over
  };
}

export function makeMapping(index: number): Mapping {
  return {
    token_id: index,
    text: ` source${index}`,
    saliency: 1 - index / 100,
    targets: [{ token_id: 100 + index, text: ` target${index}`, score: 2 }]
  };
}

function makePosition(change: number): AffectedPosition {
  const top = [{ token_id: 7, text: ' is', score: 0.5 }];
  return {
    context: makeContext(),
    change,
    p_clean: 0.5,
    p_ablated: 0.25,
    top_clean: top,
    top_ablated: top
  };
}

function makeToken(text: string): AffectedToken {
  return {
    token_id: 9,
    text,
    effect: 0.3,
    count: 2,
    p_clean: 0.7,
    p_ablated: 0.4,
    contexts: [{ context: makeContext(), p_clean: 0.7, p_ablated: 0.4 }]
  };
}

export function makeCard(over: Partial<EvidenceCard> = {}): EvidenceCard {
  return {
    model: {
      name: 'demo',
      revision: null,
      family: 'llama',
      architecture: 'LlamaForCausalLM',
      n_layers: 3,
      n_heads: 20,
      n_kv_heads: 20,
      d_model: 160,
      d_head: 16,
      d_vocab: 3284,
      n_tokens: 3284,
      n_parameters: 1_000_000,
      dtype: 'float32',
      device: 'cpu',
      attention_kernel: 'sdpa',
      fingerprint: 'cd61',
      tokenizer_hash: 'ac68',
      first_mlp: null
    },
    head: { layer: 1, index: 10 },
    relations: [makeRelation(), makeRelation({ name: 'copying', score: 0.2, rank: 9 })],
    not_applicable: [],
    mappings: Array.from({ length: 30 }, (_, index) => makeMapping(index)),
    ablation: {
      heads: [{ layer: 1, index: 10 }],
      loss_change: 0.0101,
      kl: 0.0035,
      hurt_positions: [makePosition(-0.87)],
      helped_positions: [makePosition(0.17)],
      hurt_tokens: [makeToken(' a'), makeToken(' b')],
      helped_tokens: [makeToken(' c')]
    },
    loss_change_rank: 6,
    provenances: [
      {
        model: 'demo',
        revision: null,
        fingerprint: 'cd61',
        tokenizer_hash: 'ac68',
        dtype: 'float32',
        device: 'cpu',
        attention_kernel: 'sdpa',
        analysis: 'ablation',
        analysis_version: 1,
        parameters: { mode: 'zero' },
        prompts_hash: null,
        seed: 0,
        headlab_version: '0.1.0',
        created_at: '2026-01-02T03:04:05Z',
        seconds: 4.5
      }
    ],
    created_at: '2026-01-02T03:04:05Z',
    ...over
  };
}

export function makeDraft(over: Partial<Draft> = {}): Draft {
  return {
    description: 'Maps countries to capitals.',
    input_kind: 'countries',
    pattern: 'country to capital',
    categories: ['knowledge'],
    stages: ['KR'],
    evidence: ['R1', 'M17'],
    unclear: false,
    drafter: {
      kind: 'rules',
      name: 'rules 1',
      prompt_version: null,
      prompt_hash: null,
      parameters: {}
    },
    card_hash: 'd06b',
    usage: { calls: 0, prompt_tokens: null, completion_tokens: null },
    created_at: '2026-01-02T03:05:00Z',
    ...over
  };
}

export function makeEntry(over: Partial<Entry> = {}): Entry {
  return {
    id: 4,
    model_name: 'demo',
    model_fingerprint: 'cd61',
    head: { layer: 1, index: 10 },
    state: 'drafted',
    description: 'Maps countries to capitals.',
    categories: [],
    stages: [],
    tags: [],
    note: '',
    card: makeCard(),
    drafts: [{ id: 2, draft: makeDraft() }],
    reviews: [],
    revision: 2,
    created_at: '2026-01-02T03:04:05Z',
    updated_at: '2026-01-02T03:05:00Z',
    ...over
  };
}

export function makeView(over: Partial<HeadView> = {}): HeadView {
  const card = makeCard();
  return { head: card.head, card, entry: makeEntry(), siblings: [], ...over };
}

export function makeRevision(over: Partial<Revision> = {}): Revision {
  return {
    entry_id: 4,
    number: 1,
    action: 'created',
    author: 'mira',
    source: 'human',
    change: {},
    parent: '',
    hash: 'h',
    created_at: '2026-01-02T03:04:05Z',
    ...over
  };
}

/** Typing that outlives a view, as the page keeps it. */
export function makeConflict(over: Partial<HistoryConflict> = {}): HistoryConflict {
  return {
    entry_id: 7,
    model_name: 'demo',
    model_fingerprint: 'f'.repeat(16),
    head: { layer: 5, index: 3 },
    revision: 4,
    here: { author: 'ada', action: 'annotate', created_at: '2026-01-02T03:04:05Z' },
    there: { author: 'bob', action: 'review', created_at: '2026-01-03T03:04:05Z' },
    ...over
  };
}

export class FakeTyping implements TypingApi {
  readonly texts = new Map<string, { text: string; at: string }>();

  kept(key: string): { text: string; at: string } | null {
    return this.texts.get(key) ?? null;
  }

  keep(key: string, text: string): void {
    if (text === '') {
      this.texts.delete(key);
    } else {
      this.texts.set(key, { text, at: '2026-01-02T12:31:00' });
    }
  }
}

/** A catalogue of one entry that refuses edits of old revisions, as the real one does. */
export class FakeEntries implements EntryApi {
  readonly calls: string[] = [];
  readonly edits: ReviewEdit[] = [];
  revisions: Revision[] = [];
  private undone: Entry | null = null;

  constructor(public current: Entry) {}

  async review(entry: Entry, edit: ReviewEdit): Promise<Entry> {
    this.calls.push(`review ${edit.decision} on ${entry.revision}`);
    this.edits.push(edit);
    const drafted = this.current.drafts.find(({ id }) => id === edit.draft_id);
    const description =
      edit.decision === 'accepted' ? (drafted?.draft.description ?? '') : edit.description;
    return this.next(entry, {
      state: edit.decision,
      description,
      reviews: [
        ...this.current.reviews,
        { ...edit, description, reviewer: 'you', created_at: '2026-01-02T04:00:00Z' }
      ]
    });
  }

  async annotate(entry: Entry, annotation: Parameters<EntryApi['annotate']>[1]): Promise<Entry> {
    this.calls.push(`annotate on ${entry.revision}`);
    const given = Object.entries(annotation).filter(([, value]) => value !== null);
    return this.next(entry, Object.fromEntries(given));
  }

  async undo(entry: Entry): Promise<Entry> {
    this.calls.push(`undo on ${entry.revision}`);
    this.undone = this.current;
    return this.next(entry, {
      state: 'drafted',
      reviews: this.current.reviews.slice(0, -1),
      redoable: entry.revision
    });
  }

  async redo(entry: Entry): Promise<Entry> {
    this.calls.push(`redo on ${entry.revision}`);
    const { state, reviews } = this.undone ?? this.current;
    return this.next(entry, { state, reviews });
  }

  async addDraft(entry: Entry, { description }: OwnDraft): Promise<Entry> {
    this.calls.push(`draft on ${entry.revision}`);
    const drafter = { ...makeDraft().drafter, kind: 'person' as const, name: 'you' };
    const draft = makeDraft({ description, drafter, evidence: [] });
    return this.next(entry, {
      drafts: [...this.current.drafts, { id: entry.revision + 1, draft }]
    });
  }

  async history(): Promise<Revision[]> {
    this.calls.push('history');
    return this.revisions;
  }

  async promptText(name: string): Promise<PromptText> {
    this.calls.push(`prompt ${name}`);
    return { sha256: name, text: `=== system\nText of ${name}` };
  }

  private next(on: Entry, change: Partial<Entry>): Entry {
    if (on.revision !== this.current.revision) {
      throw new ApiError({ kind: 'stale', message: 'changed meanwhile', current: this.current });
    }
    const revision = this.current.revision + 1;
    this.current = { ...this.current, redoable: null, ...change, revision };
    return this.current;
  }
}
