import * as React from 'react';
import type { Entry } from '../contract/records';
import { ApiError } from './api';
import { isEarly, messageOf } from './problems';

/** A change of an entry that can be made again on a newer revision. */
export interface Edit {
  /** What it is, in words: "mark as rejected". */
  title: string;
  /** The outcome, in words: "Rejected". */
  done: string;
  /** The description that it would put in force, where it has one. */
  text?: string;
  run(on: Entry): Promise<Entry>;
  /** The same before all who are asked for a vote have cast it, where it is a decision. */
  runNow?(on: Entry): Promise<Entry>;
  after?(saved: Entry): void;
}

export interface EntryEdits {
  saving: boolean;
  said: string;
  /** `early`: a decision that people who were asked for a vote stand before. */
  failed: { message: string; edit: Edit; early: boolean } | null;
  conflict: { theirs: Entry; edit: Edit } | null;
  /** What was not done because another change was being saved, in words. */
  missed: string;
  /** `what` cannot be done while a change is being saved. */
  miss(what: string): void;
  say(words: string): void;
  submit(edit: Edit, on?: Entry): void;
  /** Take the entry as it is now; what was typed here stays. */
  loadTheirs(): void;
}

/** Makes one change of an entry at a time and keeps what could not be saved. */
export function useEntryEdits(entry: Entry, onEntry: (entry: Entry) => void): EntryEdits {
  const [saving, setSaving] = React.useState(false);
  const [said, say] = React.useState('');
  const [failed, setFailed] = React.useState<EntryEdits['failed']>(null);
  const [conflict, setConflict] = React.useState<EntryEdits['conflict']>(null);
  const [missed, setMissed] = React.useState('');
  const busy = React.useRef(false);
  const miss = (what: string) =>
    setMissed(`Not done, since the change before was still being saved: ${what}.`);

  const submit = async (edit: Edit, on: Entry = entry) => {
    if (busy.current) {
      miss(edit.title);
      return;
    }
    busy.current = true;
    setSaving(true);
    setFailed(null);
    setConflict(null);
    setMissed('');
    say('');
    try {
      const saved = await edit.run(on);
      onEntry(saved);
      edit.after?.(saved);
      say(`${edit.done}, revision ${saved.revision}.`);
    } catch (error) {
      const theirs = error instanceof ApiError && error.problem.kind === 'stale';
      if (theirs && error.problem.current) {
        setConflict({ theirs: error.problem.current, edit });
      } else {
        setFailed({ message: messageOf(error), edit, early: isEarly(error) });
      }
    } finally {
      busy.current = false;
      setSaving(false);
    }
  };

  return {
    saving,
    said,
    failed,
    conflict,
    missed,
    miss,
    say,
    submit: (edit, on) => void submit(edit, on),
    loadTheirs() {
      if (conflict) {
        onEntry(conflict.theirs);
        setConflict(null);
        say(`Loaded revision ${conflict.theirs.revision}; what you typed is still here.`);
      }
    }
  };
}
