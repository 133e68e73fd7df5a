// Generated from the Python records by `make contract`. Do not edit.

export type JsonValue = unknown;
/**
 * A decision that ends a round of votes; `votes_seen` are their ids, all open ones if None.
 */
export interface Adjudication {
  decision: 'accepted' | 'edited' | 'rejected' | 'unclear';
  description: string;
  reason: string;
  rating: number | null;
  draft_id: number | null;
  categories: string[] | null;
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[] | null;
  seconds?: number | null;
  now?: boolean;
  votes_seen: string[] | null;
}
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
 * Agreement of reviewers over `n_votes` votes on `n_entries` entries, and what they judged.
 *
 * `with_open`: whether votes that nobody has decided on yet are counted.
 */
export interface Agreement {
  n_entries: number;
  n_votes: number;
  with_open: boolean;
  seed: number;
  coefficients: Coefficient[];
  shares: ShareCorrect[];
}
/**
 * A coefficient of agreement: 1 is full agreement, 0 what chance gives.
 *
 * `about` is what was judged, `n_units` the drafts with at least two of the judgements, `n_values`
 * those judgements, `observed` the share of pairs of judgements of one draft that are equal. The
 * interval is a percentile bootstrap over entries. None: not defined, because fewer than two
 * judgements can be compared, or all are the same.
 */
export interface Coefficient {
  name: string;
  about: string;
  scale: 'nominal' | 'ordinal';
  reviewers: string[];
  n_units: number;
  n_values: number;
  observed: number | null;
  value: number | null;
  interval: Interval | null;
}
/**
 * A percentile bootstrap interval of level .95.
 */
export interface Interval {
  low: number;
  high: number;
}
/**
 * How many drafts of a group were judged correct, with a Wilson interval of level .95.
 *
 * `n_judged` leaves out the `n_unclear` on which no judgement was possible. `layer` and `drafter`
 * are None where the group is over all of them, `model` and `fingerprint` likewise.
 */
export interface ShareCorrect {
  by: 'all' | 'model' | 'layer' | 'drafter';
  model: string | null;
  fingerprint: string | null;
  layer: number | null;
  drafter: string | null;
  n_judged: number;
  n_correct: number;
  n_unclear: number;
  share: number | null;
  interval: Interval | null;
}
/**
 * Note, tags, categories, stages and names of an entry; None leaves one as it is.
 */
export interface Annotation {
  note: string | null;
  tags: string[] | null;
  categories: string[] | null;
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[] | null;
  head_names?: string[] | null;
}
/**
 * What the call for a job has written so far; nobody has checked it.
 */
export interface ArrivingText {
  job: number;
  text: string;
}
/**
 * Sharing out the undecided entries of `model` (all models if None) among reviewers.
 *
 * `reason` goes into the history of each entry.
 */
export interface Assigning {
  reviewers: string[];
  per_entry: number;
  model: string | null;
  seed: number;
  reason: string;
}
/**
 * A token that looks at another one: `weight` is the attention probability, `uniform` what equal
 * attention to all tokens so far gives there.
 *
 * Positions count from 0 in the prompt, special tokens included; texts are escaped. `before` are the
 * tokens right before the query, at most 16, as the prompt has them.
 */
export interface AttendedPair {
  prompt: number;
  query_position: number;
  query_id: number;
  query: string;
  key_position: number;
  key_id: number;
  key: string;
  weight: number;
  uniform: number;
  before: string[];
}
/**
 * Where one head looks: measures by how far they are above their control, pairs by weight.
 *
 * `pairs` are the strongest of the bundled prompts, at most one a prompt, without the first position
 * and without looks at the token itself, which have measures of their own. `skipped` says what could
 * not be measured on this model, and why.
 */
export interface AttentionEvidence {
  measures: AttentionMeasure[];
  pairs: AttendedPair[];
  skipped: string[];
}
/**
 * What one measure says of a head's attention.
 *
 * `value` and `control` are in `unit`; `control_is` says what the control is. The rank counts from 1
 * among the `n_heads` heads that were measured, larger values first, and equal values share a rank.
 * `detail` is a second number, named by `detail_is`. `stages` are those of the named head.
 */
export interface AttentionMeasure {
  name: string;
  title: string;
  meaning: string;
  unit: string;
  value: number;
  control: number;
  control_is: string;
  rank: number;
  n_heads: number;
  detail: number | null;
  detail_is: string;
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[];
}
/**
 * A reviewer's vote as it is cast about the draft `draft_id`, the newest if None.
 *
 * Fields as in `records.vote.Vote`; who votes is looked up by the side that keeps it.
 */
export interface Ballot {
  decision: 'accepted' | 'edited' | 'rejected' | 'unclear';
  draft_id: number | null;
  text: string;
  reason: string;
  rating: number | null;
  seconds: number | null;
  blind: ('draft' | 'scores' | 'source')[];
}
/**
 * A step with who made it: a person, or the ledger itself under its own name.
 */
export interface BatchEvent {
  jobs: number | null;
  prompt_version: string;
  template: string | null;
  cap: number | null;
  cap_before: number | null;
  reason: string;
  authenticated_by?: string | null;
  author: string;
  action:
    'started' | 'extended' | 'paused' | 'stopped' | 'resumed' | 'cap' | 'cancelled' | 'retried';
  created_at: string;
}
/**
 * What a batch would send and cost; nothing is sent or stored by planning it.
 *
 * `known` are heads whose answer is in the ledger already: they cost nothing. `left_out` says of the
 * other chosen heads why they are not in it. `low`, `high` and `ceiling` are in the currency of the
 * prices, None where those are not known. `problem` says why it cannot start, "" when it can.
 */
export interface BatchPlan {
  model_name: string;
  model_fingerprint: string;
  heads: Head[];
  known: Head[];
  left_out: {
    [k: string]: number;
  };
  drafter: string;
  host: string;
  is_local: boolean;
  prompt_version: string;
  low_tokens: number;
  high_tokens: number;
  low: number | null;
  high: number | null;
  ceiling: number | null;
  text: string;
  problem: string;
}
/**
 * Head `index` of layer `layer`, both from 0; written `L5H3` (`L5.H3` and `5.3` are read too).
 */
export interface Head {
  layer: number;
  index: number;
}
/**
 * What may be changed when a batch goes on: its cap, which stays as it is if None.
 */
export interface BatchTurn {
  cap: number | null;
}
/**
 * A batch and whether this process works on it; `seconds_left` is an estimate.
 */
export interface BatchView {
  batch: DraftBatch;
  running: boolean;
  seconds_left: number | null;
  problem: string;
}
/**
 * A batch: `open` may be worked on, `stopped` ended by itself for its `reason`.
 *
 * Sums are in the currency of the endpoint's prices; `priced` is false where those are not known,
 * and the sums then say nothing. `spent` is at most what was paid: in place of a cost that nobody
 * told, after a killed process for instance, it has the reservation, and `uncounted` is the sum of
 * those. `concurrency` is how many calls may be under way at once. `events` say who did what to it,
 * the oldest first.
 */
export interface DraftBatch {
  id: number;
  kind: 'draft' | 'single' | 'test';
  model_name: string;
  model_fingerprint: string;
  selection: string;
  endpoint: {
    [k: string]: JsonValue;
  };
  prompt_version: string;
  cap: number | null;
  state: 'open' | 'paused' | 'stopped' | 'cancelled' | 'finished';
  reason: string;
  concurrency: number;
  priced: boolean;
  reserved: number;
  spent: number;
  uncounted: number;
  counts: {
    [k: string]: number;
  };
  events: BatchEvent[];
  created_at: string;
  updated_at: string;
}
/**
 * Entries of one model to be drafted from the evidence that the catalogue holds.
 *
 * Those of `entry_ids`, else those that `text` and `filters` find. `undescribed` leaves out entries
 * that have a description. `top`: of what is left only that many, the highest by `measure`: a key of
 * the list of measures such as `ablation/loss`, or the name of an operation. `cap`: the most that the
 * batch may cost, in the currency of the prices.
 */
export interface BatchWish {
  entry_ids: number[];
  text: string;
  filters: FilterFields;
  undescribed: boolean;
  top: number | null;
  measure: string | null;
  cap: number | null;
}
/**
 * What a list of entries is narrowed to; a field that is None or left out narrows nothing.
 *
 * `model` is a name, or the start of a fingerprint. `state`: one of `StateFilter`; "in_review" are
 * entries with an open vote, and drafted ones that someone is asked about. `layer_from` and
 * `layer_to` are included.
 * `reviewer`: whose review is among the entry's. `score_from` and `score_to` bound the relation
 * score of `operation`, of any operation if none is given. `has_failed_test`: whether a test of
 * the description in force failed.
 */
export interface FilterFields {
  model?: string | null;
  state?: string | null;
  layer?: number | null;
  layer_from?: number | null;
  layer_to?: number | null;
  category?: string | null;
  stage?: string | null;
  tag?: string | null;
  head_name?: string | null;
  reviewer?: string | null;
  operation?: string | null;
  score_from?: number | null;
  score_to?: number | null;
  has_failed_test?: boolean | null;
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
 * Whether a catalogue of `entries` entries is what its histories say.
 *
 * `problems` are those of the `n_problems` found that come first, none when all is well.
 */
export interface CatalogueCheck {
  entries: number;
  n_problems: number;
  problems: string[];
}
/**
 * `heads`: each head of A with the nearest of B. `coverage`: counts by layer and category.
 */
export interface CatalogueComparison {
  heads: Table;
  coverage: Table;
}
/**
 * Named columns and rows of plain cells, with how they were made.
 *
 * `notes` says in words what a reader must know: what a column means, what was left out and why.
 * A missing number is None or NaN.
 */
export interface Table {
  name: string;
  columns: string[];
  rows: (string | number | boolean | null)[][];
  notes: string[];
  provenance: Provenance | null;
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
 * The name of a copy, in the folder of the catalogue's own file, and its size in bytes.
 *
 * `n_problems`: how many a check of the copy found; what is damaged is so in the catalogue too.
 */
export interface CatalogueCopy {
  file: string;
  size: number;
  n_problems?: number;
}
/**
 * Counts over the whole catalogue; `stamp` changes with every change to its entries.
 *
 * `in_review` are entries that are counted among `states` too.
 */
export interface CatalogueOverview {
  place: string;
  stamp: string;
  total: number;
  states: {
    [k: string]: number;
  };
  in_review?: number;
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
 * Pairs written from a text alone. `dropped` are pairs that the tokenizer cannot serve, `seen`
 * those left out because the drafter may have seen them or the text gives them as examples.
 */
export interface PairSet {
  writer: string;
  pairs: WrittenPair[];
  dropped: WrittenPair[];
  seen?: WrittenPair[];
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
 * What tests of the `description` of an entry would do; nothing is sent by planning them.
 *
 * `judge` is the language model that would be asked at `host`, None where none is set; `is_local`:
 * it is on this machine or a private network. S4 and S5 ask for the same pairs: together they cost
 * what one of them costs.
 */
export interface DescriptionTestPlan {
  entry_id: number;
  description: string;
  seed: number;
  judge: string | null;
  host: string;
  is_local: boolean;
  priced: boolean;
  warnings: string[];
  tests: PlannedTest[];
}
/**
 * One kind of test of one description.
 *
 * `judged`: only a language model can make it; the others ask one for pairs where one is named, and
 * run on this machine. `reason` says why it cannot be made, "" when it can. `calls` are those that
 * have to be sent, without the further rounds that `most_calls` counts; `known` answers are in the
 * ledger and cost nothing. Costs are in the currency of the prices, None where those are not known.
 * `seconds` is what this machine needs, without waiting for answers.
 */
export interface PlannedTest {
  kind: 'S1' | 'S2' | 'S3' | 'S4' | 'S5';
  judged: boolean;
  reason: string;
  calls: number;
  most_calls: number;
  known: number;
  low_tokens: number;
  high_tokens: number;
  low: number | null;
  high: number | null;
  ceiling: number | null;
  seconds: number;
}
/**
 * Tests that were made: the entry that keeps them, and what a reader should know besides.
 */
export interface DescriptionTestRun {
  entry: Entry;
  warnings: string[];
  cost: string;
  batch_id: number | null;
}
/**
 * One head of one model (by fingerprint) with all that is known and decided about it.
 *
 * `description` is the text in force: the accepted or edited one, else the newest draft's.
 * `revision` is the number of the newest revision, for stale-edit checks. `open_votes` counts the
 * votes that no decision rests on yet: with any, the entry is `in_review`, whatever its state; a
 * drafted one is so too while someone is asked about it.
 * `redoable` is the revision that a redo would put back, None where there is none.
 * `imported` is what others published; nothing measured or decided here rests on it. `card` is
 * None for a head that only an import has named.
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
  imported?: StoredImport[];
  open_votes?: number;
  in_review?: boolean;
  redoable?: number | null;
  revision: number;
  created_at: string;
  updated_at: string;
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
 *
 * `attention` is None, and left out of JSON, where it was not measured; so a card without it keeps
 * its hash. `held_out` are ids of rows that tests of a description use and that drafters do not get;
 * None, left out as well, where nothing was kept from them.
 */
export interface EvidenceCard {
  model: ModelFacts;
  head: Head;
  relations: RelationEvidence[];
  not_applicable: string[];
  mappings: Mapping[];
  ablation: HeadAblation | null;
  loss_change_rank: number | null;
  attention?: AttentionEvidence | null;
  held_out?: string[] | null;
  provenances: Provenance[];
  created_at: string;
}
/**
 * One operation's scores for this head, beside their controls and ranks.
 *
 * `score` and `suppression` are shares of `n_pairs`; ranks count from 1 among `n_heads` heads;
 * controls are the highest score of any head with shuffled targets. `drafting`: the same over the
 * pairs of the drafting side alone, which is what a drafter gets.
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
  drafting?: SideScores | null;
}
/**
 * An operation's scores over the pairs of one side; fields as in `RelationEvidence`.
 */
export interface SideScores {
  n_pairs: number;
  score: number;
  rank: number;
  control: number;
  suppression: number;
  suppression_rank: number;
  suppression_control: number;
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
 *
 * `template`: the sha256 of the text of the prompt that it was made with, where that is kept.
 */
export interface StoredDraft {
  id: number;
  draft: Draft;
  template?: string | null;
}
/**
 * A description with the evidence rows it rests on; `unclear` means no pattern was found.
 *
 * `description` is plain text. `evidence` are row ids of the card whose hash is `card_hash`.
 * `held_out`: the rows that tests use were kept from the drafter; left out of JSON where they were
 * not, or nothing is known of it.
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
  held_out?: boolean;
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
 * A person's decision about a draft. `description` is the text that stands after it.
 *
 * `votes` are those that it rests on, where it ended a round of independent votes. `seconds`: the
 * time it took, where that was measured. `now`: made before all who were asked had voted.
 * `authenticated_by`: the identity provider of the server where the reviewer was signed in; None for a
 * name as its bearer gave it.
 */
export interface Review {
  decision: 'accepted' | 'edited' | 'rejected' | 'unclear';
  reviewer: string;
  description: string;
  reason: string;
  rating: number | null;
  draft_id: number | null;
  votes?: Vote[];
  seconds?: number | null;
  now?: boolean;
  authenticated_by?: string | null;
  created_at: string;
}
/**
 * One reviewer's own judgement, made without knowing anyone else's. It decides nothing.
 *
 * `id` is the sha256 of the vote and its head. `text` is the wording of an edited vote. `card_hash`
 * is the evidence that was judged, `seconds` the time it took where that was measured.
 * `authenticated_by`: the identity provider of the server where the reviewer was signed in; None for a
 * name as its bearer gave it.
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
  blind: ('draft' | 'scores' | 'source')[];
  card_hash: string;
  authenticated_by?: string | null;
  created_at: string;
}
/**
 * Imported evidence of an entry; `id` is the number of the revision that added it.
 */
export interface StoredImport {
  id: number;
  evidence: ImportedEvidence;
  imported_by: string;
  imported_at: string;
}
/**
 * What one file says about one head: mappings or metrics, as `kind` says.
 *
 * `sha256` is the file's and makes the source; `file` is the name it had, without its folder.
 */
export interface ImportedEvidence {
  kind: 'maps-mappings' | 'head-metrics';
  file: string;
  sha256: string;
  mappings: ImportedMapping[];
  metrics: ImportedMetric[];
}
/**
 * A source token and what it is mapped to, strongest first; texts are escaped.
 *
 * `saliency` is the source's own number, if it gives one.
 */
export interface ImportedMapping {
  source: string;
  targets: string[];
  saliency?: number | null;
}
/**
 * A number under the name that its source gives it.
 */
export interface ImportedMetric {
  name: string;
  value: number;
}
/**
 * What a draft of one head by the language model would take; nothing is sent by estimating.
 *
 * `low`: one short answer, `high`: with all repairs and long answers, `ceiling`: what is reserved;
 * in the currency of the prices, None where those are not known. `known`: the answer is in the
 * ledger already and costs nothing, unless it is asked for again.
 */
export interface DraftEstimate {
  head: Head;
  low_tokens: number;
  high_tokens: number;
  low: number | null;
  high: number | null;
  ceiling: number | null;
  known: boolean;
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
 * One head's draft in a batch, or one question about a head's description.
 *
 * `sent` means that a process has it in hand, and `reserved` is what it may yet cost; `spent` is
 * what all attempts cost, with the reservation in place of a cost that nobody told: `uncounted` is
 * that part of it. `failure` is the kind of the last failure. `reused`: the answer was known and
 * nothing was sent. A job that is done has a `draft` or, for a question, a `reply`.
 */
export interface DraftJob {
  id: number;
  batch_id: number;
  kind: 'draft' | ('rate_rows' | 'rate_tokens' | 'name_targets' | 'write_pairs');
  head: Head;
  key: string;
  state: 'waiting' | 'sent' | 'done' | 'failed' | 'cancelled';
  failure:
    | (
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
        | 'bad_request'
      )
    | null;
  message: string;
  attempts: number;
  reserved: number;
  spent: number;
  uncounted: number;
  usage: Usage;
  draft: Draft | null;
  reply: JudgeReply | null;
  reused: boolean;
  updated_at: string;
}
/**
 * An answer of which at least a part is valid, as the language model wrote it.
 */
export interface JudgeReply {
  text: string;
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
 * `verdicts` are those of tests of the description in force, by test. `open_votes` and `in_review`
 * as in `Entry`. `draft_unclear`: the drafter of the newest draft found no pattern.
 * `best_operation` is the one with the highest relation score, `best_score`; for a list about an
 * operation it is that one.
 * `damaged` says that the stored row cannot be read, "" for a whole one; of such a row only model,
 * head, revision and time are given, where they could be read, and nothing else means anything.
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
  open_votes?: number;
  in_review?: boolean;
  draft_unclear?: boolean;
  best_operation?: string;
  best_score?: number | null;
  damaged?: string;
  revision: number;
  updated_at: string;
}
/**
 * The values that entries have, each with the number of entries: what a filter can choose from.
 *
 * `operations` are those of evidence cards, `reviewers` those of decisions.
 */
export interface Facets {
  categories: {
    [k: string]: number;
  };
  stages: {
    [k: string]: number;
  };
  tags: {
    [k: string]: number;
  };
  head_names: {
    [k: string]: number;
  };
  reviewers: {
    [k: string]: number;
  };
  operations: {
    [k: string]: number;
  };
}
/**
 * A search to be kept under a name.
 */
export interface FilterToSave {
  text: string;
  filters: FilterFields;
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
 * The `top` heads of a measure, or all; of these only those of `layers`, such as `3-5`.
 *
 * `undescribed` leaves out heads that have a description in the catalogue.
 */
export interface HeadsWish {
  top: number | null;
  measure: string | null;
  layers: string | null;
  undescribed: boolean;
}
/**
 * A head that was edited on both sides: from `revision` on, `here` and `there` differ.
 *
 * `entry_id` is that of the entry here.
 */
export interface HistoryConflict {
  entry_id: number;
  model_name: string;
  model_fingerprint: string;
  head: Head;
  revision: number;
  here: HistoryEnd;
  there: HistoryEnd;
}
/**
 * The first revision of a history that another one lacks: who did what, and when.
 */
export interface HistoryEnd {
  author: string;
  action: string;
  created_at: string;
}
/**
 * How many entries an import added, extended by newer revisions, or found unchanged.
 *
 * `votes`, reviewers `asked` for one without a revision that says so, saved `filters` and paid
 * `answers` are those that were new here. `conflicts` are the entries that were edited on both
 * sides: left as they are, if the import was to take the rest. `kept`: saved filters, by author and
 * name, of which another one is here already and stays.
 */
export interface ImportResult {
  added: number;
  extended: number;
  unchanged: number;
  votes?: number;
  asked?: number;
  filters?: number;
  answers?: number;
  conflicts?: HistoryConflict[];
  kept?: string[];
  dry_run: boolean;
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
 * A person's own description of a head, to be listed beside other drafts.
 */
export interface OwnDraft {
  description: string;
  categories: string[];
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[];
}
/**
 * `base_url` None: it differs for every user, and `pattern` shows its form.
 *
 * `response_format` is the fullest form of answer that is worth asking for first.
 */
export interface Preset {
  name: string;
  title: string;
  base_url: string | null;
  pattern: string;
  needs_key: boolean;
  response_format: 'json_schema' | 'json_object' | 'none';
  note: string;
}
/**
 * An error as a page shows it. `current` is the entry as it is, for an edit that came late.
 *
 * "early" is a decision before all who are asked for a vote have cast it.
 */
export interface Problem {
  kind: 'input' | 'stale' | 'early' | 'cancelled' | 'not_found' | 'forbidden' | 'internal';
  message: string;
  current: Entry | null;
}
/**
 * A template as it was, known by the sha256 of its text in UTF-8.
 */
export interface PromptText {
  sha256: string;
  text: string;
}
/**
 * A place in a queue; `reasons` says in words why the entry is worth a look.
 *
 * It holds the number of votes, never the votes.
 */
export interface QueueItem {
  entry_id: number;
  model_name: string;
  model_fingerprint: string;
  head: Head;
  state: 'undescribed' | 'drafted' | 'accepted' | 'edited' | 'rejected' | 'unclear';
  drafter: string;
  n_votes: number;
  assigned: string[];
  reasons: string[];
}
/**
 * The first `items` of a queue of `total`, and how far the round is.
 *
 * `reviewer` is the one whose votes are asked for, None for whoever leads the round.
 */
export interface QueuePage {
  order: 'uncertain' | 'failed-tests' | 'important' | 'undecided';
  reviewer: string | null;
  items: QueueItem[];
  total: number;
  progress: RoundProgress;
}
/**
 * How far a round is: entries with drafts, those decided, those with votes not decided on.
 *
 * `median_seconds` is over the votes, `decision_seconds` the median over the decisions in force,
 * both where the time was measured; `decision_seconds` is None for a reviewer's own progress.
 */
export interface RoundProgress {
  n_entries: number;
  n_decided: number;
  n_open: number;
  median_seconds: number | null;
  decision_seconds?: number | null;
  reviewers: ReviewerProgress[];
}
/**
 * How far a reviewer is; `median_seconds` over the votes whose time was measured.
 */
export interface ReviewerProgress {
  reviewer: string;
  n_assigned: number;
  n_votes: number;
  n_waiting: number;
  median_seconds: number | null;
}
/**
 * Asking a reviewer for nothing more about entries of `model` (all models if None).
 *
 * Votes that were cast stay. `reason` goes into the history of each entry.
 */
export interface Releasing {
  reviewer: string;
  model: string | null;
  reason: string;
}
/**
 * A decision about the draft `draft_id`, the newest if None. None leaves a list as it is.
 *
 * `seconds`: the time it took. `now`: also before all who are asked for a vote have cast it.
 */
export interface ReviewEdit {
  decision: 'accepted' | 'edited' | 'rejected' | 'unclear';
  description: string;
  reason: string;
  rating: number | null;
  draft_id: number | null;
  categories: string[] | null;
  stages: ('KR' | 'ICI' | 'LR' | 'EP')[] | null;
  seconds?: number | null;
  now?: boolean;
}
/**
 * One immutable step of an entry's history.
 *
 * `hash` is sha256 over the revision's content and `parent` (the hash of the revision before), so
 * that a changed row breaks the chain. `change` holds what the step set. `imports` are those that
 * brought it, the newest last; no part of the hash.
 */
export interface Revision {
  entry_id: number;
  number: number;
  action:
    | 'created'
    | 'evidence'
    | 'draft'
    | 'review'
    | 'annotate'
    | 'test'
    | 'undo'
    | 'redo'
    | 'import'
    | 'assign';
  author: string;
  source: 'human' | 'llm' | 'rules' | 'import';
  change: {
    [k: string]: JsonValue;
  };
  parent: string;
  hash: string;
  created_at: string;
  imports?: RevisionImport[];
}
/**
 * The import that brought a revision into a catalogue, as in `LoggedImport`.
 */
export interface RevisionImport {
  imported_by: string;
  imported_at: string;
  source: string;
  sha256: string;
  carried_by?: string;
}
/**
 * What the rules made of `heads`: how many are described and unclear, and of how many the same
 * draft was listed already.
 */
export interface RuleDrafts {
  heads: number;
  described: number;
  unclear: number;
  unchanged: number;
}
/**
 * A search that a person gave a name; names are unique for each author.
 */
export interface SavedFilter {
  author: string;
  name: string;
  text: string;
  filters: FilterFields;
  updated_at: string;
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
 *
 * `signed_in_as`: the login that what is decided over this server is signed with, in place of the
 * setting `reviewer`; None where the server knows no users.
 */
export interface SettingsView {
  file: string;
  settings: SettingView[];
  key_origin: ('environment' | 'keyring' | 'file') | null;
  catalogue_place: string;
  signed_in_as?: string | null;
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
export const NAMED_HEADS = [
  'associative memory',
  'memory',
  'constant',
  'single letter',
  'negative',
  'previous token',
  'positional',
  'rare words',
  'duplicate token',
  'retrieval',
  'global retrieval',
  'subword merge',
  'syntactic',
  'mover',
  'name mover',
  'backup name mover',
  'negative name mover',
  'letter mover',
  'context',
  'content gatherer',
  'sentiment summariser',
  'semantic induction',
  'subject',
  'relation',
  'summary reader',
  'function vector',
  'induction',
  'in-context',
  'truthfulness',
  'accuracy',
  'consistency',
  'vulnerable',
  'correct letter',
  'iteration',
  'successor',
  'inhibition',
  'suppression',
  'mixed',
  'amplification',
  'correct',
  'coherence',
  'faithfulness'
] as const;
export const NAMED_HEAD_STAGES = {
  'associative memory': 'KR',
  memory: 'KR',
  constant: 'KR',
  'single letter': 'KR',
  negative: 'KR',
  'previous token': 'ICI',
  positional: 'ICI',
  'rare words': 'ICI',
  'duplicate token': 'ICI',
  retrieval: 'ICI',
  'global retrieval': 'ICI',
  'subword merge': 'ICI',
  syntactic: 'ICI',
  mover: 'ICI',
  'name mover': 'ICI',
  'backup name mover': 'ICI',
  'negative name mover': 'ICI',
  'letter mover': 'ICI',
  context: 'ICI',
  'content gatherer': 'ICI',
  'sentiment summariser': 'ICI',
  'semantic induction': 'ICI',
  subject: 'ICI',
  relation: 'ICI',
  'summary reader': 'LR',
  'function vector': 'LR',
  induction: 'LR',
  'in-context': 'LR',
  truthfulness: 'LR',
  accuracy: 'LR',
  consistency: 'LR',
  vulnerable: 'LR',
  'correct letter': 'LR',
  iteration: 'LR',
  successor: 'LR',
  inhibition: 'LR',
  suppression: 'LR',
  mixed: 'EP',
  amplification: 'EP',
  correct: 'EP',
  coherence: 'EP',
  faithfulness: 'EP'
} as const;
export const BLINDS = ['draft', 'scores', 'source'] as const;
export const ORDERS = ['uncertain', 'failed-tests', 'important', 'undecided'] as const;
export const SORTS = ['head', 'state', 'updated', 'score'] as const;
export const JOB_STATES = ['waiting', 'sent', 'done', 'failed', 'cancelled'] as const;
export const TESTS = {
  S1: 'mapping detection',
  S2: 'input side',
  S3: 'output simulation',
  S4: 'new pairs from the text',
  S5: 'causal effect on the new pairs'
} as const;
