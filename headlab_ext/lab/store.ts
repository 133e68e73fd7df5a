export { Store } from '../views/store';
