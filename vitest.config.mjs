import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'happy-dom',
    include: ['headlab_ext/**/*.spec.{ts,tsx}'],
    globals: false
  }
});
