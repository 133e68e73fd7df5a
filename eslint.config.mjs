import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/lib/**', '**/*.mjs', '**/style/**'] },
  ...tseslint.configs.strict,
  reactHooks.configs.flat['recommended-latest'],
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'Text from models reaches the page as text nodes only.'
        },
        {
          selector: "AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]",
          message: 'Text from models reaches the page as text nodes only.'
        },
        {
          selector: "MemberExpression[property.name='useId']",
          message: 'Several roots share a page: take useElementId of views/use_element_id.'
        }
      ],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Ask the server through ServerConnection.makeRequest.' }
      ]
    }
  },
  {
    files: ['headlab_ext/contract/**', 'headlab_ext/views/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['@jupyterlab/*', '@lumino/*', '@anywidget/*', '**/panels/**', '**/lab/**'] }
      ]
    }
  },
  {
    files: ['headlab_ext/panels/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['@jupyterlab/*', '@lumino/*', '**/lab/**'] }]
    }
  },
  {
    files: ['headlab_ext/lab/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['**/panels/**'] }] }
  }
);
