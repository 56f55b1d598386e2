"""Many calls: found, queued, analysed by workers here or on a cluster, and kept."""
