"""Demo cameras: RTSP sources that stand in for a town's cameras. For demonstrations only.

They are a stage set, not a media server: one sender per viewer, RTP over the RTSP connection and
nothing else, a few kinds of street drawn once and played in a loop. What they keep true is what
a viewer checks: who the camera is, what time it is, and that something moves.
"""
