// What the pages of HeadLab explain about themselves; panels and the lab show the same texts.
import { STAGES, STATES, type Entry } from '../contract/records';
import { stateWord } from './head_states';
import { MAP_KEYS } from './map_keys';
import { REVIEW_KEYS } from './review_keys';

export interface Source {
  title: string;
  url: string;
}

/** A term with what it means, and how it is computed where it is a number. */
export interface Explained {
  term: string;
  text: string;
  formula?: string;
  source?: Source;
}

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'steps'; steps: readonly string[] }
  | { kind: 'terms'; terms: readonly Explained[] }
  | {
      kind: 'keys';
      title: string;
      keys: readonly (readonly [keys: readonly string[], what: string])[];
    };

export interface HelpTopic {
  id: string;
  title: string;
  blocks: readonly Block[];
}

const MAPS: Source = {
  title: 'Elhelo and Geva, Inferring Functionality of Attention Heads from their Parameters',
  url: 'https://arxiv.org/abs/2412.11965'
};
const SURVEY: Source = {
  title: 'Zheng et al., Attention Heads of Large Language Models: A Survey',
  url: 'https://arxiv.org/abs/2409.03752'
};

const PATH: HelpTopic = {
  id: 'path',
  title: 'The path of a head',
  blocks: [
    {
      kind: 'steps',
      steps: [
        'Load a model in a workbench: the demo model, a local folder, or a Hugging Face id.',
        'Look at the map: every head of the model, layers by heads, coloured by one measure. Change the measure above it.',
        'Open a head. Its card shows what its weights map tokens to, how it scores on each operation, and what the model loses without it.',
        'Draft a description. A language model of your choice writes it from the rows of the card, or plain rules do. A failed draft is never a description.',
        'Review: accept, edit, reject, or mark as unclear. Only a person can make a description count.',
        'Find it again in the catalogue, with its evidence, its drafts and its whole history.'
      ]
    },
    {
      kind: 'text',
      text: 'A head is written L5H3: layer 5, head 3, both from 0. With grouped-query attention, the heads of one group read the same keys and values.'
    }
  ]
};

const NUMBERS: HelpTopic = {
  id: 'numbers',
  title: 'What the numbers mean',
  blocks: [
    {
      kind: 'text',
      text: 'A score means something by its distance from its control and by its rank among all heads. Scores and mappings are read from the weights: they say what a head would write for a token, not that it does so in running text. Only ablation shows an effect on the output.'
    },
    {
      kind: 'terms',
      terms: [
        {
          term: 'Relation score',
          text: 'The share of an operation’s source and target pairs whose target is among the k highest logits that the head’s weights give for the source. Always given with k: 10, and 1 for copying, unless you choose another.',
          formula: 'share of pairs with target in top k of e′(source) W_V W_O W_U',
          source: MAPS
        },
        {
          term: 'Suppression score',
          text: 'The same for the k lowest logits: the head writes against the target.',
          formula: 'share of pairs with target in top k of −e′(source) W_V W_O W_U',
          source: MAPS
        },
        {
          term: 'Control',
          text: 'The highest score that any head of the model reaches when the targets are shuffled within the operation, over several draws. A score at or below it says nothing.'
        },
        {
          term: 'Rank',
          text: 'The place of a head’s value among all heads of the model, from 1.'
        },
        {
          term: 'Largest relation score',
          text: 'For each head, its highest relation score over all operations that the tokenizer can serve. Operations with different k are mixed, and the highest of many scores is high by chance more easily: read it as a way to find heads, not as a result.'
        },
        {
          term: 'Usable pairs',
          text: 'Pairs of which both sides are one token in the middle of a text. An operation with fewer than 30 of them does not apply to the model.'
        },
        {
          term: 'e′, the source after the first MLP',
          text: 'The embedding of a token, sent through the layer norm and the MLP of layer 0. Heads of layer 0 read the raw embedding.',
          formula: 'e′ = MLP₀(ln2₀(E))',
          source: MAPS
        },
        {
          term: 'Saliency',
          text: 'How strongly a head responds to a source token, beside other tokens. Salient mappings are the most salient tokens with the top targets of each.',
          formula: '‖e′ W_V W_O‖ / ‖e′‖',
          source: MAPS
        },
        {
          term: 'Loss change',
          text: 'The mean change of the loss of the true next token when the head’s output is set to zero at every position of the prompts, in nats. Positive: the head helps. A small change does not show that the head has no function: others may stand in.',
          formula: 'mean of (log p clean − log p ablated) of the true next token'
        },
        {
          term: 'Divergence',
          text: 'How far the whole distribution of the next token moves without the head, in nats, whatever the true token is.',
          formula: 'mean KL(clean ‖ ablated)'
        },
        {
          term: 'Hurt and helped positions',
          text: 'Places in the prompts where the true next token became less (hurt) or more (helped) probable without the head.',
          formula: 'log p ablated − log p clean'
        },
        {
          term: 'Hurt and helped tokens',
          text: 'Vocabulary tokens that became less or more probable without the head, summed over positions. The count is of positions where the probability moved by at least .01.',
          formula:
            'hurt: Σ p clean (log p clean − log p ablated); helped: Σ p ablated (log p ablated − log p clean)'
        },
        {
          term: 'Rows of the card',
          text: 'Evidence is numbered so that a description can cite it: R relations, M mappings, P and Q hurt and helped positions, T and U hurt and helped tokens, A attention (measures, then pairs).'
        },
        {
          term: 'Provenance',
          text: 'Model, fingerprint, tokenizer, dtype, device, analysis and its version, parameters, prompts, seed and time of a result. The fingerprint is a hash of configuration and weights: a moved folder or a second download is the same model.'
        }
      ]
    }
  ]
};

const STATE_TEXTS: Record<Entry['state'], string> = {
  undescribed: 'There is evidence, but no draft.',
  drafted: 'A draft waits for a person. Its text is shown, but nobody stands behind it yet.',
  accepted: 'A person accepted a draft as it is. Its text is in force.',
  edited: 'A person accepted a text that differs from the draft. That text is in force.',
  rejected: 'A person refused the draft. No description is in force; the draft stays listed.',
  unclear:
    'A person found no pattern that the evidence carries. That is a good answer for most heads.'
};

const STATE_TOPIC: HelpTopic = {
  id: 'states',
  title: 'States and stages',
  blocks: [
    {
      kind: 'terms',
      terms: STATES.map(state => ({ term: stateWord(state), text: STATE_TEXTS[state] }))
    },
    {
      kind: 'text',
      text: 'Every step is a revision that is never changed; undo adds a revision that takes the last step back, and redo one that puts it back until another step is made. Names are as their bearers gave them, but for those marked as signed in, which the Jupyter server vouches for. A decision is made on the revision that you saw: when somebody else was faster, nothing is stored and both versions are shown.'
    },
    {
      kind: 'terms',
      terms: Object.entries(STAGES).map(([stage, words]) => ({
        term: stage,
        text: `A stage of reasoning that a head can belong to: ${words}.`,
        source: SURVEY
      }))
    }
  ]
};

const KEYS: HelpTopic = {
  id: 'keys',
  title: 'Keys',
  blocks: [
    {
      kind: 'text',
      text: 'Single letters work in the part that has the focus, and never while a text field has it. In a notebook, Esc leaves a panel for its cell.'
    },
    { kind: 'keys', title: 'Map', keys: MAP_KEYS },
    {
      kind: 'keys',
      title: 'Card',
      keys: [
        [['F6', 'Shift + F6'], 'Next, previous part of the workbench'],
        [['Tab'], 'Next link, row or button']
      ]
    },
    {
      kind: 'keys',
      title: 'Review',
      keys: [
        [[REVIEW_KEYS.accept], 'Accept the draft'],
        [[REVIEW_KEYS.edit], 'Edit the description'],
        [[REVIEW_KEYS.reject], 'Reject the draft'],
        [[REVIEW_KEYS.unclear], 'Mark as unclear'],
        [[REVIEW_KEYS.undo], 'Take back the last step'],
        [[REVIEW_KEYS.redo], 'Put back what was taken back last'],
        [['1', '5'], 'Rate from 1 to 5'],
        [['Ctrl + Enter'], 'Save the text that is being typed']
      ]
    },
    {
      kind: 'keys',
      title: 'Catalogue in the sidebar',
      keys: [
        [['/'], 'Search'],
        [['↑', '↓', 'PageUp', 'PageDown', 'Home', 'End'], 'Another entry'],
        [['Enter'], 'Open the entry'],
        [
          [REVIEW_KEYS.accept, REVIEW_KEYS.reject, REVIEW_KEYS.unclear],
          'Accept, reject, mark as unclear'
        ],
        [[REVIEW_KEYS.undo], 'Take back the last decision made there, else that of the entry'],
        [[REVIEW_KEYS.redo], 'Put back what was taken back last'],
        [['→', '←'], 'The buttons of the entry'],
        [['?'], 'This help']
      ]
    },
    {
      kind: 'keys',
      title: 'Catalogue as a table',
      keys: [
        [['/'], 'Search'],
        [
          ['↑', '↓', 'PageUp', 'PageDown', 'Home', 'End'],
          'Another entry; ↑ from the first one: the titles'
        ],
        [['Enter'], 'Open the entry; at a title: order by it'],
        [['Space'], 'Select or deselect'],
        [['Shift + ↑', 'Shift + ↓'], 'Extend the selection'],
        [['Ctrl + A'], 'Select all that the list finds'],
        [['Shift + ←', 'Shift + →'], 'At a title: narrower, wider'],
        [['t', 'd', 'c'], 'Tag, draft, compare what is selected'],
        [['Esc'], 'Clear the selection']
      ]
    },
    {
      kind: 'keys',
      title: 'Compare heads (can be changed in the shortcut settings)',
      keys: [
        [['1', '4'], 'From the first to the fourth head'],
        [['Shift + ←', 'Shift + →'], 'Move the head'],
        [['w'], 'Show differences to it'],
        [['x'], 'Take it out']
      ]
    }
  ]
};

const PLACES: HelpTopic = {
  id: 'places',
  title: 'Where things are kept',
  blocks: [
    {
      kind: 'terms',
      terms: [
        {
          term: 'Catalogue',
          text: 'headlab/catalogue.db in Jupyter’s data folder, or where the setting “catalogue” says: a file, or a database that a team shares. `headlab catalogue backup FILE` copies it while it is in use.'
        },
        {
          term: 'Computed results',
          text: 'headlab/cache in Jupyter’s data folder. It is safe to delete: what is missing is computed again.'
        },
        {
          term: 'Settings',
          text: 'headlab/settings.json in Jupyter’s configuration folder. The settings editor, `headlab config` and that file are the same settings; environment variables win over them.'
        },
        {
          term: 'Keys',
          text: 'In the system’s keyring (`headlab config set-key` in a terminal), in a file that only you can read (with `--file`), or in the environment variable HEADLAB_API_KEY. Never in a setting, a notebook, the catalogue or this page.'
        },
        {
          term: 'Text that is not saved yet',
          text: 'In this browser’s storage, until it is saved or discarded.'
        }
      ]
    },
    { kind: 'text', text: '`jupyter --paths` in a terminal prints those folders.' }
  ]
};

const PRIVACY: HelpTopic = {
  id: 'privacy',
  title: 'What leaves the machine',
  blocks: [
    {
      kind: 'text',
      text: 'Models run in the kernel. Maps, cards and rule-based drafts are computed there and need no network. HeadLab sends no usage data, and its pages load nothing from elsewhere.'
    },
    {
      kind: 'terms',
      terms: [
        {
          term: 'Loading a model by a Hugging Face id',
          text: 'downloads its files, if they are not on the machine yet. A folder or the demo model needs nothing.'
        },
        {
          term: 'Drafting with a language model',
          text: 'sends the rows of that head’s card to the endpoint that you have set: scores, tokens, and pieces of the prompts. The model’s name and the head’s place are left out. An endpoint on this machine keeps all of it here.'
        },
        {
          term: 'A shared catalogue',
          text: 'is on the database server that the setting names: entries, notes and names of reviewers go there.'
        }
      ]
    }
  ]
};

export const HELP_TOPICS: readonly HelpTopic[] = [
  PATH,
  NUMBERS,
  STATE_TOPIC,
  KEYS,
  PLACES,
  PRIVACY
];
