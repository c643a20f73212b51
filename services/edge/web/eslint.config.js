import vue from 'eslint-plugin-vue'
import a11y from 'eslint-plugin-vuejs-accessibility'
import ts from 'typescript-eslint'

// Nothing from outside may become markup: no v-html, no innerHTML and its like, no eval, anywhere.
const names = [
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'srcdoc',
  'setHTMLUnsafe',
  'parseFromString',
  'createContextualFragment',
]
const message = 'Make nodes, not strings of HTML.'
const sinks = [
  ...names.map((name) => ({ selector: `MemberExpression[property.name='${name}']`, message })),
  ...names.map((name) => ({ selector: `MemberExpression[property.value='${name}']`, message })),
  { selector: "CallExpression[callee.object.name='document'][callee.property.name=/^write(ln)?$/]", message },
  { selector: "NewExpression[callee.name='Function']", message: 'No code from strings.' },
]
const layout = [
  'max-attributes-per-line',
  'singleline-html-element-content-newline',
  'multiline-html-element-content-newline',
  'html-self-closing',
  'html-indent',
  'html-closing-bracket-newline',
  'first-attribute-linebreak',
  'multi-word-component-names',
  'require-default-prop',
]

export default [
  { ignores: ['node_modules', 'docs.js', 'redoc.js', 'src/core/schema.d.ts', 'e2e/host'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...a11y.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      'vue/no-v-html': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-restricted-syntax': ['error', ...sinks],
      '@typescript-eslint/no-unused-expressions': 'off',
      'vuejs-accessibility/label-has-for': 'off',
      // Labels stand in Field and tie themselves to the control by its id.
      'vuejs-accessibility/form-control-has-label': 'off',
      ...Object.fromEntries(layout.map((name) => [`vue/${name}`, 'off'])),
    },
  },
]
