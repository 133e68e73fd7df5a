// Generated from the Python records by `make contract`. Do not edit.

export type JsonValue = unknown;
/**
 * A position where the log-probability of the true next token changed.
 *
 * `change` = log p ablated - log p clean, in nats: negative where the head helped.
 * `top_clean` and `top_ablated` are the most probable next tokens, scored by probability.
 */
export interface AffectedPosition {
  context: Context;
  change: number;
  p_clean: number;
  p_ablated: number;
  top_clean: TokenScore[];
  top_ablated: TokenScore[];
}
/**
 * A position in a prompt: the tokens before it, the true next token and what follows.
 *
 * `before` ends with the token at the position itself. Texts are escaped (see `records.text`).
 */
export interface Context {
  prompt: number;
  position: number;
  before: string[];
  next_id: number;
  next: string;
  after: string[];
}
/**
 * A token with a score whose meaning the enclosing record gives; text is escaped.
 */
export interface TokenScore {
  token_id: number;
  text: string;
  score: number;
}
/**
 * A vocabulary token that ablation hurts or helps, summed over positions.
 *
 * `effect` (nats) is `sum p_clean (log p_clean - log p_ablated)` in a hurt list and
 * `sum p_ablated (log p_ablated - log p_clean)` in a helped one. `count`: positions where its
 * probability fell (rose) by at least .01. Probabilities are those at the strongest context.
 */
export interface AffectedToken {
  token_id: number;
  text: string;
  effect: number;
  count: number;
  p_clean: number;
  p_ablated: number;
  contexts: TokenContext[];
}
/**
 * Where a vocabulary token was affected, with its probability before and after.
 */
export interface TokenContext {
  context: Context;
  p_clean: number;
  p_ablated: number;
}
/**
 * Note, tags, categories and stages of an entry; None leaves one as it is.
 */
export interface Annotation {
  note: string | null;
  tags: string[] | null;
  categories: string[] | null;
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[] | null;
}
/**
 * The state of a workbench; a page that is reloaded starts from it.
 *
 * `warning` says what a person should know about this kernel, such as results that cannot be kept.
 */
export interface BenchStatus {
  model: ModelFacts | null;
  model_name: string;
  job: Job | null;
  warning: string;
}
/**
 * Sizes and identity of a causal LM.
 *
 * `fingerprint` is a hash of the configuration and the weights, the same for a moved folder or a
 * second download; `tokenizer_hash` likewise for the vocabulary. `attention_kernel` is the
 * implementation that runs (sdpa, eager). `first_mlp` says in words what the first-MLP transform
 * computes, None where layer 0 has no MLP; `value_path` how a head's value comes from what its
 * attention reads (x); `embedding` what the raw source embedding is (E as it is stored, times a
 * multiplier, or normed). `layers_without_heads` are the layers of a hybrid model that do something
 * else instead of attention. These three are left out of JSON where they say the usual, so that the
 * hash of a stored card stays what it was.
 */
export interface ModelFacts {
  name: string;
  revision: string | null;
  family: string;
  architecture: string;
  n_layers: number;
  n_heads: number;
  n_kv_heads: number;
  d_model: number;
  d_head: number;
  d_vocab: number;
  n_tokens: number;
  n_parameters: number;
  dtype: string;
  device: string;
  attention_kernel: string;
  fingerprint: string;
  tokenizer_hash: string;
  first_mlp: string | null;
  layers_without_heads?: number[];
  value_path?: string;
  embedding?: string;
}
/**
 * A piece of work beside the message loop.
 *
 * `done` of `total` steps; total 0 means that its length is unknown. `seconds_left` is an estimate,
 * None while there is none. `message` says why it failed.
 */
export interface Job {
  id: number;
  title: string;
  state: 'running' | 'cancelling' | 'done' | 'cancelled' | 'failed';
  step: string;
  done: number;
  total: number;
  seconds: number;
  seconds_left: number | null;
  message: string;
}
/**
 * Counts over the whole catalogue; `stamp` changes with every change to it.
 */
export interface CatalogueOverview {
  place: string;
  stamp: string;
  total: number;
  states: {
    [k: string]: number;
  };
  models: ModelCount[];
  warnings: string[];
}
/**
 * A model in the catalogue and its number of entries.
 */
export interface ModelCount {
  name: string;
  fingerprint: string;
  entries: number;
}
/**
 * The same measure where the description plays no part, or is not the head's own.
 *
 * `difference` is the description's score minus this one, on the rows that both have.
 */
export interface ControlScore {
  name: string;
  score: number;
  n_rows: number;
  difference: number;
  interval: Interval;
}
/**
 * A percentile bootstrap interval of level .95.
 */
export interface Interval {
  low: number;
  high: number;
}
/**
 * One test. It passes when the lower bound of the 95 % interval of (score - best control) is
 * above 0 and `q`, p adjusted over the batch, is at most the batch's rate.
 *
 * `score` by `measure`; `n_rows` usable rows; `n_invalid` answers of the judge or writer that could
 * not be used: they are in no score. `numbers` are further figures by name, `rows` everything that
 * was asked and measured, one by one. Not measured numbers are None; `reason` says in words why the
 * test failed or could not be made.
 */
export interface DescriptionTest {
  kind: 'S1' | 'S2' | 'S3' | 'S4' | 'S5';
  verdict: 'passes' | 'fails' | 'not testable';
  reason: string;
  measure: string;
  score: number | null;
  interval: Interval | null;
  controls: ControlScore[];
  best_control: string | null;
  difference: number | null;
  difference_interval: Interval | null;
  p: number | null;
  q: number | null;
  n_rows: number;
  n_invalid: number;
  numbers: {
    [k: string]: number | null;
  };
  pairs: PairSet | null;
  rows: {
    [k: string]: JsonValue;
  }[];
  usage: Usage;
  provenance: Provenance;
}
/**
 * Pairs written from a text alone. `dropped` are pairs that the tokenizer cannot serve.
 */
export interface PairSet {
  writer: string;
  pairs: WrittenPair[];
  dropped: WrittenPair[];
  few_shot: string;
  n_rounds: number;
  reason: string;
}
/**
 * A pair that a text implies. `suppressed`: the text says that the head writes against it.
 *
 * `role` names what of the text it comes from, where the writer can tell.
 */
export interface WrittenPair {
  source: string;
  target: string;
  suppressed: boolean;
  role: string;
}
/**
 * Tokens a draft cost, over all calls; None where the endpoint did not say.
 */
export interface Usage {
  calls: number;
  prompt_tokens: number | null;
  completion_tokens: number | null;
}
/**
 * Model, analysis, parameters and time behind a result; every result carries one.
 */
export interface Provenance {
  model: string;
  revision: string | null;
  fingerprint: string;
  tokenizer_hash: string;
  dtype: string;
  device: string;
  attention_kernel: string;
  analysis: string;
  analysis_version: number;
  parameters: {
    [k: string]: JsonValue;
  };
  prompts_hash: string | null;
  seed: number | null;
  headlab_version: string;
  created_at: string;
  seconds: number;
}
/**
 * A description with the evidence rows it rests on; `unclear` means no pattern was found.
 *
 * `description` is plain text. `evidence` are row ids of the card whose hash is `card_hash`.
 */
export interface Draft {
  description: string;
  input_kind: string;
  pattern: string;
  categories: string[];
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[];
  evidence: string[];
  unclear: boolean;
  drafter: Drafter;
  card_hash: string;
  usage: Usage;
  created_at: string;
}
/**
 * Who wrote a draft. `name` is the LLM's model name, or the version of the rules.
 */
export interface Drafter {
  kind: 'rules' | 'llm' | 'person';
  name: string;
  prompt_version: string | null;
  prompt_hash: string | null;
  parameters: {
    [k: string]: JsonValue;
  };
}
/**
 * Why drafting gave nothing: never a description, never stored as one.
 *
 * `retry_after`: seconds the endpoint asked to wait, where it did.
 */
export interface DraftFailure {
  kind:
    | 'no_key'
    | 'connection'
    | 'deadline'
    | 'rate_limited'
    | 'quota'
    | 'unauthorised'
    | 'not_found'
    | 'server_error'
    | 'redirect'
    | 'refusal'
    | 'cut_short'
    | 'empty'
    | 'invalid'
    | 'bad_request';
  message: string;
  http_status: number | null;
  retry_after: number | null;
  drafter: Drafter;
  card_hash: string;
  usage: Usage;
  created_at: string;
}
/**
 * A way to draft. `ready` is false when something is missing, and `reason` says what.
 */
export interface DrafterChoice {
  key: 'rules' | 'endpoint';
  title: string;
  detail: string;
  ready: boolean;
  reason: string;
}
/**
 * One head of one model (by fingerprint) with all that is known and decided about it.
 *
 * `description` is the text in force: the accepted or edited one, else the newest draft's.
 * `revision` is the number of the newest revision, for stale-edit checks. `open_votes` counts the
 * votes that no decision rests on yet: with any, the entry is in review, whatever its state.
 */
export interface Entry {
  id: number;
  model_name: string;
  model_fingerprint: string;
  head: Head;
  state: 'undescribed' | 'drafted' | 'accepted' | 'edited' | 'rejected' | 'unclear';
  description: string;
  categories: string[];
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[];
  tags: string[];
  note: string;
  head_names?: string[];
  tests?: StoredTest[];
  card: EvidenceCard | null;
  drafts: StoredDraft[];
  reviews: Review[];
  open_votes?: number;
  revision: number;
  created_at: string;
  updated_at: string;
}
/**
 * Head `index` of layer `layer`, both from 0; written `L5H3` (`L5.H3` and `5.3` are read too).
 */
export interface Head {
  layer: number;
  index: number;
}
/**
 * The newest result of one kind of test, with the text that was tested.
 *
 * It counts while that text is the entry's description.
 */
export interface StoredTest {
  description: string;
  result: DescriptionTest;
}
/**
 * All evidence about one head; relations are sorted by score, mappings by saliency.
 */
export interface EvidenceCard {
  model: ModelFacts;
  head: Head;
  relations: RelationEvidence[];
  not_applicable: string[];
  mappings: Mapping[];
  ablation: HeadAblation | null;
  loss_change_rank: number | null;
  provenances: Provenance[];
  created_at: string;
}
/**
 * One operation's scores for this head, beside their controls and ranks.
 *
 * `score` and `suppression` are shares of `n_pairs`; ranks count from 1 among `n_heads` heads;
 * controls are the highest score of any head with shuffled targets.
 */
export interface RelationEvidence {
  name: string;
  category: 'algorithmic' | 'knowledge' | 'linguistic' | 'translation' | 'custom';
  k: number;
  n_pairs: number;
  score: number;
  rank: number;
  control: number;
  suppression: number;
  suppression_rank: number;
  suppression_control: number;
  n_heads: number;
}
/**
 * A source token, its saliency `||e' W_VO|| / ||e'||`, and its top targets by `e' W_VO W_U`.
 */
export interface Mapping {
  token_id: number;
  text: string;
  saliency: number;
  targets: TokenScore[];
}
/**
 * The effect of removing `heads` together.
 *
 * Means over the measured positions, in nats or logits: `loss_change` of the loss of the true next
 * token (positive: the heads help), `kl` of KL(clean || ablated), `logit_change` of the true next
 * token's logit, `logit_difference_change` of its logit minus the distractor's. The last two are
 * None in results of earlier versions, and are left out of JSON then, so that the hash of a stored
 * card stays what it was. Hurt and helped are never mixed.
 */
export interface HeadAblation {
  heads: Head[];
  loss_change: number;
  kl: number;
  hurt_positions: AffectedPosition[];
  helped_positions: AffectedPosition[];
  hurt_tokens: AffectedToken[];
  helped_tokens: AffectedToken[];
  logit_change?: number | null;
  logit_difference_change?: number | null;
}
/**
 * A draft with its id: the number of the revision that added it, unique in its entry.
 */
export interface StoredDraft {
  id: number;
  draft: Draft;
}
/**
 * A person's decision about a draft. `description` is the text that stands after it.
 *
 * `votes` are those that it rests on, where it ended a round of independent votes.
 */
export interface Review {
  decision: 'accepted' | 'edited' | 'rejected' | 'unclear';
  reviewer: string;
  description: string;
  reason: string;
  rating: number | null;
  draft_id: number | null;
  votes?: Vote[];
  created_at: string;
}
/**
 * One reviewer's own judgement, made without knowing anyone else's. It decides nothing.
 *
 * `id` is the sha256 of the vote and its head. `text` is the wording of an edited vote. `card_hash`
 * is the evidence that was judged, `seconds` the time it took where that was measured.
 */
export interface Vote {
  id: string;
  reviewer: string;
  decision: 'accepted' | 'edited' | 'rejected' | 'unclear';
  draft_id: number | null;
  text: string;
  reason: string;
  rating: number | null;
  seconds: number | null;
  blind: ('draft' | 'scores')[];
  card_hash: string;
  created_at: string;
}
/**
 * Entries from `offset` on, of `total` that match; `place` is where the catalogue is.
 */
export interface EntryPage {
  entries: EntrySummary[];
  total: number;
  offset: number;
  place: string;
  warnings: string[];
}
/**
 * A row of a list: an entry without its evidence.
 *
 * `verdicts` are those of tests of the description in force, by test.
 */
export interface EntrySummary {
  id: number;
  model_name: string;
  model_fingerprint: string;
  head: Head;
  state: 'undescribed' | 'drafted' | 'accepted' | 'edited' | 'rejected' | 'unclear';
  description: string;
  drafter: string;
  categories: string[];
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[];
  tags: string[];
  head_names?: string[];
  verdicts?: {
    [k: string]: 'passes' | 'fails' | 'not testable';
  };
  revision: number;
  updated_at: string;
}
/**
 * Everything the card of a head shows: its evidence and, once it is in the catalogue, its entry.
 *
 * `siblings` are the heads that read the same key-value head.
 */
export interface HeadView {
  head: Head;
  card: EvidenceCard;
  entry: Entry | null;
  siblings: Head[];
}
/**
 * One number per head that can be drawn on the map.
 *
 * `key` is its identity, such as `relation/country_to_capital`. `group` and `category` order the
 * list; `unit` names the number ("share of pairs", "nats"). `computed` says whether the values are
 * there already; `estimate_seconds` is what computing them would take, None where unknown. A
 * measure that cannot be had has its `reason`.
 */
export interface Measure {
  key: string;
  group: 'overview' | 'relation' | 'suppression' | 'ablation' | 'attention' | 'catalogue';
  category: string;
  title: string;
  explanation: string;
  unit: string;
  scale: 'sequential' | 'diverging' | 'state';
  computed: boolean;
  estimate_seconds: number | null;
  reason: string;
}
/**
 * The values of a measure, NaN where a head has none.
 *
 * `values` is `[n_layers, n_heads]`; for the catalogue's states it holds indices into `labels`.
 * `control` is what a head without the function would reach, where there is such a control, and
 * `control_is` its short name (for scores: the highest value of any head with shuffled targets).
 */
export interface MeasureValues {
  measure: Measure;
  values: (number | null)[][];
  labels: string[];
  control: number | null;
  control_is: string;
  n_pairs: number | null;
  k: number | null;
  best: Head | null;
  provenance: Provenance | null;
}
/**
 * A model that can be loaded: `name` is what `load_model` takes.
 */
export interface ModelChoice {
  name: string;
  title: string;
  source: 'demo' | 'recent' | 'given';
  last_used: string | null;
}
/**
 * An error as a page shows it. `current` is the entry as it is, for an edit that came late.
 */
export interface Problem {
  kind: 'input' | 'stale' | 'cancelled' | 'not_found' | 'forbidden' | 'internal';
  message: string;
  current: Entry | null;
}
/**
 * A decision about the draft `draft_id`, the newest if None. None leaves a list as it is.
 */
export interface ReviewEdit {
  decision: 'accepted' | 'edited' | 'rejected' | 'unclear';
  description: string;
  reason: string;
  rating: number | null;
  draft_id: number | null;
  categories: string[] | null;
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[] | null;
}
/**
 * One immutable step of an entry's history.
 *
 * `hash` is sha256 over the revision's content and `parent` (the hash of the revision before), so
 * that a changed row breaks the chain. `change` holds what the step set.
 */
export interface Revision {
  entry_id: number;
  number: number;
  action: 'created' | 'evidence' | 'draft' | 'review' | 'annotate' | 'test' | 'undo' | 'import';
  author: string;
  source: 'human' | 'llm' | 'rules' | 'import';
  change: {
    [k: string]: JsonValue;
  };
  parent: string;
  hash: string;
  created_at: string;
}
/**
 * One setting: its value in force and where that comes from (an environment variable wins).
 */
export interface SettingView {
  name: string;
  value: JsonValue;
  origin: 'default' | 'file' | 'environment';
}
/**
 * All settings, the file they are kept in, and where the endpoint's key was found, if it was.
 */
export interface SettingsView {
  file: string;
  settings: SettingView[];
  key_origin: ('environment' | 'keyring') | null;
  catalogue_place: string;
}

export const STATES = [
  'undescribed',
  'drafted',
  'accepted',
  'edited',
  'rejected',
  'unclear'
] as const;
export const DECISIONS = ['accepted', 'edited', 'rejected', 'unclear'] as const;
export const STAGES = {
  KR: 'knowledge recalling',
  ICI: 'in-context identification',
  LR: 'latent reasoning',
  EP: 'expression preparation'
} as const;
export const CATEGORIES = [
  'algorithmic',
  'knowledge',
  'linguistic',
  'translation',
  'copying',
  'suppression',
  'successor',
  'single letter',
  'memory',
  'previous token',
  'duplicate token',
  'induction',
  'retrieval',
  'name mover',
  'positional',
  'rare words',
  'subword merge',
  'syntactic',
  'context',
  'semantic induction',
  'sentiment summariser',
  'function vector',
  'amplification',
  'mixed'
] as const;
export const TESTS = {
  S1: 'mapping detection',
  S2: 'input side',
  S3: 'output simulation',
  S4: 'new pairs from the text',
  S5: 'causal effect on the new pairs'
} as const;
