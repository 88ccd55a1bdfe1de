"""Clusters (集中诉求): found by the worker among what is filed, shown to and decided by the centre's supervisors."""
