"""The table of tasks: name to one-line summary; each is a file of this folder."""

TASKS: dict[str, str] = {
    "classify": "one label for a text: sentiment, author, topic",
    "tag": "a tag for each word of a text: named entities, parts of speech",
    "forecast": "the steps to come of series: shift rosters and other states, prices, sensors",
    "translate": "a text for a text: translation, or a text from what it is to be about",
}
