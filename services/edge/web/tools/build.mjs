// node tools/build.mjs <folder>: builds what the edge serves into the folder: dashboard, chat page, widget, API pages,
// each with its compressed files, and prints the sizes beside their limits. The types of the API are made before it.
import fs from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { lexerOnly } from './marked-lexer-only.mjs'
import { checkLocales } from './locales.mjs'
import { checkSizes } from './sizes.mjs'

const out = path.resolve(process.argv[2] ?? 'dist')
const root = path.resolve(import.meta.dirname, '..')
const KEPT_BUILDS = 3
const PACKAGES = [
    'swagger-ui-dist/swagger-ui.css',
    'swagger-ui-dist/swagger-ui-bundle.js',
    'swagger-ui-dist/favicon-32x32.png',
    'redoc/bundles/redoc.standalone.js',
]

// Library mode: no preload helper, no polyfill.
function widget(entry, format, folder, names, define = {}) {
    return build({
        configFile: false,
        root,
        define,
        logLevel: 'warn',
        publicDir: false,
        plugins: [lexerOnly],
        build: {
            outDir: folder,
            emptyOutDir: false,
            target: 'es2022',
            minify: 'oxc',
            cssMinify: 'lightningcss',
            cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
            lib: { entry: path.join(root, entry), formats: [format], name: 'ChatSphereLoader' },
            rolldownOptions: { output: { ...names, minify: true } },
        },
    })
}

// The chat has a name with its hash; the loader, whose name is fixed, fetches it.
async function buildWidget(folder) {
    const names = { entryFileNames: 'app-[hash].js', chunkFileNames: '[name]-[hash].js' }
    await widget('src/widget/app.ts', 'es', `${folder}/widget`, names)
    const app = fs.readdirSync(`${folder}/widget`).find((name) => name.startsWith('app-'))
    const define = { __APP__: JSON.stringify(`/widget/${app}`) }
    await widget('src/widget/loader.ts', 'iife', folder, { entryFileNames: 'widget.js' }, define)
}

// A loader that a browser keeps asks for the chat of its own build: the last builds stay.
function keepBuilds(before, folder) {
    const list = `${before}/widget/builds.json`
    const builds = [fs.readdirSync(`${folder}/widget`)]
    if (fs.existsSync(list)) {
        const same = JSON.stringify(builds[0])
        builds.push(
            ...JSON.parse(fs.readFileSync(list, 'utf8')).filter((files) => JSON.stringify(files) !== same),
        )
    }
    builds.length = Math.min(builds.length, KEPT_BUILDS)
    for (const name of new Set(builds.flat())) {
        const old = `${before}/widget/${name}`
        if (!fs.existsSync(`${folder}/widget/${name}`) && fs.existsSync(old))
            fs.copyFileSync(old, `${folder}/widget/${name}`)
    }
    fs.writeFileSync(`${folder}/widget/builds.json`, JSON.stringify(builds))
}

function copyApiPages(folder) {
    fs.mkdirSync(`${folder}/packages`, { recursive: true })
    for (const name of ['docs.html', 'docs.js', 'docs.css', 'redoc.html', 'redoc.js']) {
        fs.copyFileSync(path.join(root, name), `${folder}/${name}`)
    }
    for (const name of PACKAGES) {
        fs.copyFileSync(path.join(root, 'node_modules', name), `${folder}/packages/${path.basename(name)}`)
    }
}

function compress(folder) {
    for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const file = path.join(entry.parentPath, entry.name)
        if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name) || file.includes('/packages/'))
            continue
        const bytes = fs.readFileSync(file)
        fs.writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
        fs.writeFileSync(
            `${file}.br`,
            brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
        )
    }
}

process.chdir(root)
await checkLocales('src/app')
const fresh = `${out}.new`
fs.rmSync(fresh, { recursive: true, force: true })
await build({
    root,
    logLevel: 'warn',
    build: { outDir: fresh, emptyOutDir: true, manifest: 'manifest.json' },
})
await buildWidget(fresh)
const held = checkSizes(fresh)
fs.rmSync(`${fresh}/manifest.json`)
keepBuilds(out, fresh)
copyApiPages(fresh)
compress(fresh)
fs.rmSync(out, { recursive: true, force: true })
fs.renameSync(fresh, out)
if (!held) process.exitCode = 1
