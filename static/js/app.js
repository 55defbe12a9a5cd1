// What every page of the frame is composed of. script/check refuses another order.

import { busyForms } from "./busy.js";
import { client } from "./client.js";
import { compose } from "./compose.js";
import { downloads } from "./downloads.js";
import { locale } from "./locale.js";
import { notifications } from "./notifications.js";
import { panels } from "./panels.js";
import { shortcuts } from "./shortcuts.js";
import { theme } from "./theme.js";

export const { page } = compose().with(theme).with(locale).with(client).with(notifications).with(panels);

shortcuts();
busyForms();
downloads({ ...page, scope: page.panels.page });
document.documentElement.dataset.started = ""; // for whoever has to wait until scripts listen, as tests do
