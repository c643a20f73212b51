// The dashboard and the chat page; tools/build.mjs adds the widget, the API pages and the compressed files.
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { lexerOnly } from './tools/marked-lexer-only.mjs'
import { words } from './tools/words.mjs'

export default defineConfig({
    plugins: [lexerOnly, words, vue(), tailwindcss()],
    define: {
        __VUE_OPTIONS_API__: 'false',
        __VUE_PROD_DEVTOOLS__: 'false',
        __VUE_I18N_FULL_INSTALL__: 'false',
        __VUE_I18N_LEGACY_API__: 'false',
        __INTLIFY_JIT_COMPILATION__: 'true',
        __INTLIFY_PROD_DEVTOOLS__: 'false',
        __INTLIFY_DROP_MESSAGE_COMPILER__: 'true',
    },
    build: {
        target: 'es2022',
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        sourcemap: false,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 900,
        rolldownOptions: { input: { index: 'index.html', chat: 'chat.html' } },
    },
})
