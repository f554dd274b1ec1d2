TREES = {}
