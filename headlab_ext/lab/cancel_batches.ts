import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { BatchView } from '../contract/records';
import { cancelWords, unfinishedJobs } from '../views/batch_words';
import { messageOf } from '../views/problems';
import type { RestApi } from './rest';

/** A cancelled batch cannot go on: a second look before that. */
export async function askToCancel({ batch }: BatchView): Promise<boolean> {
  const { button } = await showDialog({
    title: `Cancel batch ${batch.id}?`,
    body: cancelWords(unfinishedJobs(batch)),
    buttons: [
      Dialog.cancelButton({ label: 'Keep it' }),
      Dialog.warnButton({ label: 'Cancel batch' })
    ],
    defaultButton: 0
  });
  return button.accept;
}

/** Cancel each of them; one that goes on, because that failed, is told of. */
export async function cancelBatches(
  rest: Pick<RestApi, 'turnBatch'>,
  views: readonly BatchView[]
): Promise<void> {
  const cancel = async ({ batch }: BatchView) => {
    try {
      await rest.turnBatch(batch.id, 'cancel');
    } catch (error) {
      const message = `HeadLab: batch ${batch.id} was not cancelled. ${messageOf(error)}`;
      Notification.error(message, { autoClose: false });
    }
  };
  await Promise.all(views.map(cancel));
}
