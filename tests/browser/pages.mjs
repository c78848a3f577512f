// tests/browser/pages.mjs MODULES CHROMIUM SHOTS PAGE.html... - opens each page in Debian's Chromium, with scripts off and
// on, and says what a reader would stumble over: an error on the console, a request to anywhere, what axe-core finds
// serious, a page wider than its window, headings out of order, a control that the keyboard does not reach. Leaves
// screenshots at three widths, in the dark and as printed. Status 1 if anything was found.
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { mkdirSync, readFileSync } from "node:fs";

const [modules, chromium, shots, ...pages] = process.argv.slice(2);
const need = createRequire(join(modules, "none.js"));
const { chromium: engine } = need("playwright-core");
const axe = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");
const widths = [360, 768, 1100];
let bad = 0;

function fail(page, what) {
	bad++;
	console.log(`${page}: ${what}`);
}

// What the page itself is, whoever looks at it.
function structure() {
	const found = [];
	const levels = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((h) => +h.tagName[1]);
	if (levels.filter((l) => l === 1).length !== 1) found.push("not one h1");
	levels.reduce((last, level) => {
		if (level > last + 1) found.push(`a heading of level ${level} below one of ${last}`);
		return level;
	}, 0);
	for (const table of document.querySelectorAll("table"))
		if (!table.caption || !table.querySelector("thead th[scope=col]") || !table.querySelector("tbody th[scope=row]"))
			found.push(`a table without caption or headers: ${table.textContent.slice(0, 60)}`);
	for (const one of document.querySelectorAll("script,iframe,img,object,embed,form,link,base,input,video,audio"))
		found.push(`an element that has no business here: ${one.outerHTML.slice(0, 80)}`);
	for (const one of document.querySelectorAll("*"))
		for (const a of one.attributes)
			if (a.name.startsWith("on") || a.name === "style" || (a.name === "href" && !/^(#|https?:|bundles\/[\w.+=-]+\/report\.html$)/.test(a.value)))
				found.push(`an attribute that may act: ${a.name}="${a.value.slice(0, 60)}"`);
	for (const a of document.querySelectorAll("a[href^='#']"))
		if (!document.getElementById(decodeURIComponent(a.getAttribute("href").slice(1))))
			found.push(`a link that leads nowhere: ${a.getAttribute("href")}`);
	const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
	for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push(`the id ${id} twice`);
	for (const svg of document.querySelectorAll("svg:not([aria-hidden])"))
		if (!svg.querySelector("title") && !svg.getAttribute("aria-label") && !svg.getAttribute("aria-labelledby"))
			found.push("a drawing without a title");
	return found;
}

// Wider than the window: the page, or something in it that cannot be scrolled.
function overflow() {
	const room = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= room) return null;
	const wide = [...document.body.querySelectorAll("*")].find(
		(e) => e.getBoundingClientRect().right > room + 1 && (matchMedia("print").matches || !e.closest(".scroll, pre, nav")),
	);
	return `${document.documentElement.scrollWidth} px wide in a window of ${room}: ${wide ? wide.outerHTML.slice(0, 120) : "?"}`;
}

async function accessible(tab, name, options) {
	const result = await tab.evaluate(async ([source, run]) => {
		if (!window.axe) (0, eval)(source);
		return (await window.axe.run(document, run)).violations.map((v) => ({
			id: v.id,
			impact: v.impact,
			first: v.nodes[0].html.slice(0, 140),
			why: v.nodes[0].failureSummary,
			count: v.nodes.length,
		}));
	}, [axe, options]);
	for (const v of result) {
		const text = `axe: ${v.impact}: ${v.id}, ${v.count} times, first ${v.first}: ${v.why}`.replace(/\s+/g, " ");
		if (v.impact === "serious" || v.impact === "critical") fail(name, text);
		else console.log(`note: ${name}: ${text}`);
	}
}

// Everything that takes the focus, in the order of the page, and out again at the end.
async function keyboard(tab, name) {
	const all = await tab.evaluate(() => {
		const of = [...document.querySelectorAll("a[href], summary, [tabindex='0']")].filter((e) => e.checkVisibility());
		of.forEach((e, i) => (e.dataset.order = i));
		return of.length;
	});
	for (let i = 0; i < Math.min(all, 30); i++) {
		await tab.keyboard.press("Tab");
		const at = await tab.evaluate(() => ({
			order: document.activeElement.dataset.order,
			outline: getComputedStyle(document.activeElement).outlineStyle,
		}));
		if (at.order !== String(i)) return fail(name, `the ${i + 1}th Tab leads to number ${at.order}`);
		if (at.outline === "none") return fail(name, `number ${i} does not show that it has the focus`);
	}
}

async function shoot(tab, name, kind) {
	const { width, height } = tab.viewportSize();
	const whole = await tab.evaluate(() => document.documentElement.scrollHeight);
	await tab.setViewportSize({ width, height: Math.max(height, Math.min(whole, 4000)) });
	await tab.evaluate(() => (document.activeElement.blur(), scrollTo(0, 0)));
	try {
		await tab.screenshot({ path: join(shots, `${name}-${kind}.png`), timeout: 90000 });
	} catch (e) {
		console.log(`note: ${name}: no screenshot: ${e.message.split("\n")[0]}`);
	}
	await tab.setViewportSize({ width, height });
}

async function visit(browser, file, scripts) {
	const name = basename(file, ".html");
	const context = await browser.newContext({ javaScriptEnabled: scripts, viewport: { width: 1100, height: 900 } });
	const tab = await context.newPage();
	const url = pathToFileURL(file).href;

	tab.on("console", (m) => ["error", "warning"].includes(m.type()) && fail(name, `console: ${m.text()}`));
	tab.on("pageerror", (e) => fail(name, `error: ${e.message}`));
	tab.on("dialog", (d) => (fail(name, "a dialog"), d.dismiss()));
	tab.on("request", (r) => r.url().split("#")[0] !== url && fail(name, `a request: ${r.url()}`));
	await tab.goto(url);
	if (!scripts) {
		for (const found of await tab.evaluate(structure)) fail(name, found);
		for (const width of widths) {
			await tab.setViewportSize({ width, height: 900 });
			const wide = await tab.evaluate(overflow);
			if (wide) fail(name, wide);
			await shoot(tab, name, width);
		}
		await tab.emulateMedia({ media: "print" });
		await tab.setViewportSize({ width: 718, height: 1000 }); // A4 less margins of 1 cm
		const wide = await tab.evaluate(overflow);
		if (wide) fail(name, `on paper: ${wide}`);
		await shoot(tab, name, "print");
	} else {
		await keyboard(tab, name);
		await accessible(tab, name, { resultTypes: ["violations"] });
		await tab.emulateMedia({ colorScheme: "dark" });
		await accessible(tab, name, { runOnly: ["color-contrast"], resultTypes: ["violations"] });
		await shoot(tab, name, "dark");
	}
	await context.close();
}

mkdirSync(shots, { recursive: true });
const browser = await engine.launch({
	executablePath: chromium,
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
for (const file of pages)
	for (const scripts of [false, true]) await visit(browser, file, scripts);
await browser.close();
console.log(`${pages.length} pages, ${bad} findings`);
process.exit(bad || !pages.length ? 1 : 0);
