"""Expressions published as catastrophic: in textbooks, advisories and post-mortems, or made after their pattern."""

# Nested quantifiers.
NESTED = [
    r"^(a+)+$",
    r"^(a*)*$",
    r"^(a+)*b",
    r"([a-zA-Z]+)*$x",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"^([a-z0-9]+)*\.$",
    r"^(\d+)*!$",
    r"(x+x+)+y",
    r"^((ab)*)+$c",
    r"^(?:(?:a+)+)+$b",
    r"^ h x: (a+)+b<HOST>$",
    r"^(\w+\s?)*$!",
    r"^([\w.]+)+@<HOST>$",
    r"^(.*)*=<HOST>$",
    r"(?:.*.*)*=x<HOST>",
]
# Alternatives that overlap.
OVERLAPPING = [
    r"^(a|aa)+$",
    r"^(a|a?)+$",
    r"^(a|a)*$b",
    r"^(\w+|\d+)+$!",
    r"^(?:[a-z]|\w)*<HOST>!$",
    r"^(?:x+|[xy]+)+z<HOST>$",
    r'^(?:"(?:[^"\\]|\\.|.)*")+$',
    r"(/\*(.|[\r\n])*?\*/)+$x",
    r"^(?:\s|\s\s)+$x",
    r"^(([^\t]+\t?)+)*<HOST>$",
]
# Names, mail addresses and links as they were published.
PUBLISHED = [
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
    r"^[a-zA-Z]+(([\'\,\.\- ][a-zA-Z ])?[a-zA-Z]*)*$",
    r"^(([a-zA-Z0-9]+)(\.?))*@<HOST>$",
    r"^([0-9a-zA-Z]([-.\w]*[0-9a-zA-Z])*@([0-9a-zA-Z][-\w]*[0-9a-zA-Z]\.)+[a-zA-Z]{2,9})$",
    r"^(?:(?:\w+-?)+\.)+<HOST>!$",
]
# Long chains of optional parts, and repetitions of repetitions.
CHAINS = [
    "^" + "a?" * 30 + "a" * 30 + "$",
    "^" + r"(?:\w?)" * 40 + "!$",
    "^" + r"\d*" * 12 + "x$",
    "^" + ".*" * 10 + "<HOST>!$",
    "^" + r"\s*" * 14 + "=$",
    r"^(?:a{0,60}){0,60}b$",
    r"^(?:(?:a{1,30}){1,30}){1,30}$!",
    r"^(?:[a-z]{1,20}){2,}\d<HOST>$",
]
# What explodes when it is compiled.
HUGE = [
    "(?:" * 6 + r"\w" + "{1,999})" * 6 + "!",
    "((((((((((a{1,900}){1,900}){1,900}){1,900})b{1,900}){1,900})){1,900}){1,900}))!",
    "(" * 300 + "a" + ")*" * 300 + "!",
]
ALL = [*NESTED, *OVERLAPPING, *PUBLISHED, *CHAINS, *HUGE]
