"""Speaking through a camera: clips and held-to-talk speech to its loudspeaker, in real time."""
