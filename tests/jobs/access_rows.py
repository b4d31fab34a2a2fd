"""Who may walk where in the jobs room."""

from house.matrix import Row


def open_to_all(url):
    return Row(None, lambda place: f"/jobs{url}", of_place=False)


ROWS = {
    "jobs.index": open_to_all(""),
    "jobs.board_map": open_to_all("/map"),
    "jobs.cards": open_to_all("/cards"),
    "jobs.feed_atom": open_to_all("/feed.atom"),
    "jobs.feed_rss": open_to_all("/feed.rss"),
    "jobs.feed_json": open_to_all("/feed.json"),
    "jobs.post": open_to_all("/1"),
    "jobs.share": open_to_all("/1/share"),
    "jobs.share_text": open_to_all("/1/share.txt"),
    "jobs.card": open_to_all("/1/card.svg"),
}
