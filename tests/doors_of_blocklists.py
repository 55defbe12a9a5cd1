"""What each page and operation of blocklists asks for; ``test_doors`` walks them."""

from banguard.accounts.values import Scope

CONFIGURE = Scope.CONFIGURE
IMPORT = Scope.IMPORT
READ = Scope.READ

PAGES = {
    "/blocklists/": READ,
    "/blocklists/add/": CONFIGURE,
    "/blocklists/catalogue/": READ,
    "/blocklists/entries/": READ,
    "/blocklists/protected/": READ,
    "/blocklists/protected/add/": CONFIGURE,
    "/blocklists/protected/1/delete/": CONFIGURE,
    "/blocklists/protected/delete/": CONFIGURE,
    "/blocklists/report/": READ,
    "/blocklists/sources/switch/": CONFIGURE,
    "/blocklists/sources/import/": IMPORT,
    "/blocklists/sources/1/accept/": CONFIGURE,
    "/blocklists/runs/1/decide/": CONFIGURE,
    "/blocklists/sources/1/": READ,
    "/blocklists/sources/1/edit/": CONFIGURE,
    "/blocklists/sources/1/delete/": CONFIGURE,
    "/blocklists/sources/1/import/": IMPORT,
    "/blocklists/runs/1/": READ,
    "/blocklists/trials/1/": READ,
    "/blocklists/trials/1/confirm/": IMPORT,
    "/blocklists/trials/1/again/": IMPORT,
}
OPERATIONS = {
    ("GET", "/blocklists/sources"): READ,
    ("POST", "/blocklists/sources"): CONFIGURE,
    ("GET", "/blocklists/sources/1"): READ,
    ("PATCH", "/blocklists/sources/1"): CONFIGURE,
    ("DELETE", "/blocklists/sources/1"): CONFIGURE,
    ("GET", "/blocklists/sources/1/runs"): READ,
    ("POST", "/blocklists/sources/1/runs"): IMPORT,
    ("GET", "/blocklists/runs"): READ,
    ("GET", "/blocklists/runs/1"): READ,
    ("GET", "/blocklists/entries"): READ,
    ("POST", "/blocklists/sources/1/preview"): IMPORT,
    ("POST", "/blocklists/runs/1/accept"): CONFIGURE,
    ("POST", "/blocklists/runs/1/discard"): CONFIGURE,
    ("GET", "/blocklists/catalogue"): READ,
    ("GET", "/blocklists/report"): READ,
    ("GET", "/blocklists/spared"): READ,
    ("GET", "/blocklists/protected"): READ,
    ("POST", "/blocklists/protected"): CONFIGURE,
    ("DELETE", "/blocklists/protected/1"): CONFIGURE,
    ("GET", "/blocklists/trials"): READ,
    ("POST", "/blocklists/trials/1/confirm"): IMPORT,
    ("POST", "/blocklists/trials/1/again"): IMPORT,
}
