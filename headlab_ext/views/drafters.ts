import type { Drafter, DrafterChoice, DraftFailure } from '../contract/records';

/** How a drafter is shown everywhere; the same words as `Drafter.label` in Python. */
export function drafterLabel(drafter: Drafter): string {
  switch (drafter.kind) {
    case 'rules':
      return 'rule-based, no language model';
    case 'llm':
      return `language model ${drafter.name}`;
    case 'person':
      return `written by ${drafter.name}`;
  }
}

/** The drafter to start with: the endpoint where there is one, else the rules. */
export function firstDrafter(choices: readonly DrafterChoice[]): DrafterChoice | null {
  const ready = choices.filter(choice => choice.ready);
  return ready.find(choice => choice.key === 'endpoint') ?? ready[0] ?? null;
}

export const FAILURES: Record<DraftFailure['kind'], string> = {
  no_key: 'There is no key for the endpoint',
  connection: 'The endpoint could not be reached',
  deadline: 'The answer did not come in time',
  rate_limited: 'The endpoint asks for fewer requests',
  quota: 'The account has no quota left',
  unauthorised: 'The endpoint refused the key',
  not_found: 'The endpoint does not know the address or the model',
  server_error: 'The endpoint failed',
  redirect: 'The endpoint answered with a redirect, which is not followed',
  refusal: 'The model declined to answer',
  cut_short: 'The answer was cut short',
  empty: 'The answer was empty',
  invalid: 'The answer did not pass the checks',
  bad_request: 'The endpoint refused the request'
};
