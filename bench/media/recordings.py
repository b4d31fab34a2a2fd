def check_recordings(folder, cameras):
    return 0
