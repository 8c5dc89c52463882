// SPDX-License-Identifier: Apache-2.0
// The catalogues against each other and against the page: the same keys and placeholders in every language, all plural
// forms, no text that is missing or never shown, no error without words, and no words inside the screens themselves.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGE = join(ROOT, 'tools/web/page');
const LANGUAGES = ['en', 'ru', 'zh'];
const FORMS = { en: ['one', 'other'], ru: ['one', 'few', 'many', 'other'], zh: ['other'] };
const problems = [];

function filesBelow(folder, ending) {
    return readdirSync(folder).flatMap((name) => {
        const path = join(folder, name);
        if (statSync(path).isDirectory()) return filesBelow(path, ending);
        return name.endsWith(ending) ? [path] : [];
    });
}

/* --- the catalogues against each other --- */

function readCatalogues() {
    const areas = readdirSync(join(PAGE, 'i18n/en')).map((name) => name.replace('.json', ''));
    const all = new Map();
    for (const language of LANGUAGES) {
        for (const area of areas) {
            const path = join(PAGE, 'i18n', language, `${area}.json`);
            const catalogue = JSON.parse(readFileSync(path, 'utf8'));
            for (const [key, text] of Object.entries(catalogue)) all.set(`${language} ${area}.${key}`, text);
        }
    }
    return all;
}

function placeholders(text) {
    const texts = typeof text === 'string' ? [text] : Object.values(text);
    return texts.map((one) => [...new Set(one.match(/\{\w+\}/g) ?? [])].sort().join(' '));
}

function compareLanguages(all) {
    const keys = new Set([...all.keys()].map((key) => key.split(' ').slice(1).join(' ')));
    for (const key of keys) {
        const texts = LANGUAGES.map((language) => all.get(`${language} ${key}`));
        LANGUAGES.forEach((language, i) => {
            if (texts[i] === undefined) problems.push(`${key}: not in ${language}`);
            else look(key, language, texts[i], texts[0]);
        });
    }
    return keys;
}

function look(key, language, text, english) {
    if (typeof text !== typeof english) return void problems.push(`${key}: a plural in one language only (${language})`);
    if (typeof text === 'object') lookAtForms(key, language, text);
    for (const one of typeof text === 'string' ? [text] : Object.values(text)) {
        if (!one.trim()) problems.push(`${key}: empty in ${language}`);
        if (one !== one.normalize('NFC')) problems.push(`${key}: not composed (NFC) in ${language}`);
        if (/<\/?[a-z]/i.test(one)) problems.push(`${key}: markup in ${language}`);
    }
    const wanted = new Set(placeholders(english ?? text).flatMap((one) => one.split(' ')));
    const there = new Set(placeholders(text).flatMap((one) => one.split(' ')));
    const count = typeof text === 'object' ? ['{count}'] : [];
    for (const one of wanted) if (one && !there.has(one) && !count.includes(one)) problems.push(`${key}: ${one} is not in ${language}`);
    for (const one of there) if (one && !wanted.has(one) && !count.includes(one)) problems.push(`${key}: ${one} only in ${language}`);
}

function lookAtForms(key, language, forms) {
    const there = Object.keys(forms).sort().join(' '), wanted = [...FORMS[language]].sort().join(' ');
    if (there !== wanted) problems.push(`${key}: forms "${there}" in ${language}, wanted "${wanted}"`);
}

/* --- the page against the catalogues --- */

/** What only looks like an id: the types of events. */
const EVENTS = new Set(['settings.used',
    ...[...readFileSync(join(PAGE, 'core/events.js'), 'utf8').matchAll(/'(\w+\.\w+)'/g)].map((found) => found[1])]);

/** Ids in quotes ('tokens.empty.text'), and those put together: `core.mark.${x}` is a pattern. */
function idsIn(source, areas) {
    const known = areas.join('|');
    const quoted = [...source.matchAll(new RegExp(`['"\`]((?:${known})\\.[\\w.]*)['"\`]`, 'g'))].map((found) => found[1]);
    const made = [...source.matchAll(new RegExp(`\`((?:${known})\\.[^\`]*\\$\\{[^\`]*)\``, 'g'))].map((found) => found[1]);
    return { quoted, patterns: made.map(patternOf).filter(Boolean) };
}

/** Nothing fixed but the area would be everything. */
function patternOf(template) {
    const parts = template.split(/\$\{[^}]*\}?/);
    if (!parts.slice(1).join('').trim() && parts[0].indexOf('.') === parts[0].length - 1) return null;
    return new RegExp(`^${parts.map((part) => part.replace(/[^\w]/g, '\\$&')).join('.+')}$`);
}

function usedIn(sources, areas, keys) {
    const quoted = new Set(), beginnings = new Set(), patterns = [];
    for (const [path, source] of sources) {
        const ids = idsIn(source, areas);
        patterns.push(...ids.patterns);
        for (const id of ids.quoted) {
            if (keys.has(id)) quoted.add(id);
            else if (id.endsWith('.') || [...keys].some((key) => key.startsWith(`${id}.`))) beginnings.add(id);
            else if (!EVENTS.has(id)) problems.push(`${path}: no words for "${id}"`);
        }
    }
    return { quoted, beginnings: [...beginnings].filter((id) => id.indexOf('.') < id.length - 1), patterns };
}

function findUnused(keys, { quoted, beginnings, patterns }, sources) {
    const all = [...sources.values()].join('\n');
    for (const key of keys) {
        const shown = quoted.has(key) || key.startsWith('errors.') || patterns.some((pattern) => pattern.test(key))
            || beginnings.some((beginning) => key.startsWith(beginning)) || isNamedShort(key, all);
        if (!shown) problems.push(`${key}: never shown`);
    }
}

/** A function that puts the area before it: check('inn'), words('done.set') + '.software'. */
function isNamedShort(key, all) {
    const short = key.slice(key.indexOf('.') + 1), parent = short.split('.').slice(0, -1).join('.');
    return short.includes('.') && (all.includes(`'${short}'`) || (parent.includes('.') && all.includes(`'${parent}'`)));
}

/* --- errors, steps and reasons of the library --- */

function findErrorsWithoutWords(keys) {
    const table = readFileSync(join(ROOT, 'include/keyfob/errors.def'), 'utf8');
    for (const [, code] of table.matchAll(/^KF_ERROR\(\w+, "(\w+)"/gm)) {
        for (const part of ['what', 'key', 'next']) {
            if (!keys.has(`errors.${code}.${part}`)) problems.push(`errors.${code}.${part}: missing for errors.def`);
        }
    }
}

/* --- words inside the code --- */

/** A text with two words between quotes as a child of an element is something that a person reads. */
function findHardCoded(sources) {
    for (const [path, source] of sources) {
        if (!/screens\/|ui\//.test(path)) continue;
        source.split('\n').forEach((line, i) => {
            if (/^\s*(\/\/|\*|\/\*|import|export \{)/.test(line) || /console\.|throw new|querySelector/.test(line)) return;
            const said = line.replace(/(class|className):? =?\s*(\[[^\]]*\]|[^,}]*'[^']*')/g, '').replace(/code(Line)?\([^)]*\)/g, '');
            const visible = [...said.matchAll(/(?:h\('\w+', [^'"`]*|button\(|notify\(|announce\(|emptyState\(|title: |text: |label: )'([^']*)'/g)];
            for (const [, text] of visible) {
                if (/[A-Za-zА-я]{2,} [A-Za-zА-я]{2,}|^[A-Z][a-z]{3,}/.test(text)) problems.push(`${path}:${i + 1}: words in the code: "${text}"`);
            }
        });
    }
}

const all = readCatalogues();
const keys = compareLanguages(all);
const areas = [...new Set([...keys].map((key) => key.split('.')[0]))];
const sources = new Map(filesBelow(PAGE, '.js').map((path) => [relative(ROOT, path), readFileSync(path, 'utf8')]));
findUnused(keys, usedIn(sources, areas, keys), sources);
findErrorsWithoutWords(keys);
findHardCoded(sources);
for (const problem of problems) console.error(problem);
console.log(`${keys.size} texts in ${LANGUAGES.length} languages, ${problems.length} problems`);
process.exitCode = problems.length ? 1 : 0;
