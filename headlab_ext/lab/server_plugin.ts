import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Changes } from './changes';
import { RestApi } from './rest';
import { IHeadLab } from './tokens';

export const serverPlugin: JupyterFrontEndPlugin<IHeadLab> = {
  id: 'headlab:server',
  description: "Connects to HeadLab's catalogue and settings on the Jupyter server.",
  autoStart: true,
  provides: IHeadLab,
  activate: (app: JupyterFrontEnd) => {
    const { events, serverSettings, connectionFailure } = app.serviceManager;
    const changes = new Changes(events.stream);
    connectionFailure.connect(() => changes.connectionLost());
    window.addEventListener('online', () => changes.connectionLost());
    return { rest: new RestApi(serverSettings), changes };
  }
};
