import assert from "node:assert/strict";
import { test } from "node:test";

import { WrongOrder, compose, part } from "../../static/js/compose.js";

const theme = part("theme", {}, () => "light");
const locale = part("locale", { theme: "it writes over what is painted" }, ({ theme: look }) => `en, ${look}`);

test("each part gets what those before it gave", () => {
  assert.deepEqual(compose().with(theme).with(locale).page, { theme: "light", locale: "en, light" });
});

test("a wrong order is named, with the reason", () => {
  const message = '"theme" must come before "locale": it writes over what is painted';
  assert.throws(() => compose().with(locale), (error) => error instanceof WrongOrder && error.message === message);
});

test("nothing starts twice", () => {
  assert.throws(() => compose().with(theme).with(theme), /"theme" is there twice/);
});
