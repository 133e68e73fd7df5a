import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'happy-dom',
    include: ['headlab_ext/**/*.spec.{ts,tsx}'],
    globals: false,
    pool: 'vmThreads' // each file in a context of its own, and happy-dom loaded once a thread
  }
});
