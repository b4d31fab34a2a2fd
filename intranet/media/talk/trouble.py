"""Why speaking did not work, as one error every driver raises."""

from __future__ import annotations

from intranet.media.door import TalkTrouble


class TalkError(Exception):
    """Speaking cannot begin or go on; ``trouble`` says why, without the camera's own words."""

    def __init__(self, trouble: TalkTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
