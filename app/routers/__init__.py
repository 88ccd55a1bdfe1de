"""Thin HTTP edge: parameters, permission, one service call, answer."""
