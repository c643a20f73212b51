#!/usr/bin/env python3
"""Expected vectors of the tiny model of tests/unit/embed/model_test.c, by an implementation of its own in float64.

usage: golden.py            prints the lines of tests/data/model/golden.txt; needs numpy

The model is made from a fixed sequence of numbers, here and in the test: hidden size 32, 2 layers of 4 heads, inner
size 64, 64 pieces, 32 positions.
"""
from math import erf

import numpy as np

HIDDEN, HEADS, INNER, LAYERS, PIECES, POSITIONS = 32, 4, 64, 2, 64, 32
TEXTS = [[2, 10, 11, 12, 3], [2, 3], [2] + [5 + i * 7 % 59 for i in range(30)] + [3]]

state = 1


def number():
    """From -0.5 to 0.5, exact in float32."""
    global state
    state = (state * 1664525 + 1013904223) % 2**32
    return (state >> 16) / 65536 - 0.5


def tensor(*shape):
    return np.array([number() for _ in range(int(np.prod(shape)))]).reshape(shape)


def norm_weights():
    return 1 + tensor(HIDDEN), tensor(HIDDEN)


def linear_weights(out, inn):
    return tensor(out, inn), tensor(out)


def norm(x, weights):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-12) * weights[0] + weights[1]


def linear(x, weights):
    return x @ weights[0].T + weights[1]


def attention(x, query, key, value):
    split = lambda w: linear(x, w).reshape(len(x), HEADS, -1).transpose(1, 0, 2)
    q, k, v = split(query), split(key), split(value)
    s = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(HIDDEN / HEADS))
    return (s / s.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(x), -1)


def main():
    words, places, types, first = tensor(PIECES, HIDDEN), tensor(POSITIONS, HIDDEN), tensor(2, HIDDEN), norm_weights()
    layers = []
    for _ in range(LAYERS):
        layers.append([linear_weights(HIDDEN, HIDDEN) for _ in range(4)] + [norm_weights()]
                      + [linear_weights(INNER, HIDDEN), linear_weights(HIDDEN, INNER), norm_weights()])
    for pooling in ("mean", "cls"):
        for ids in TEXTS:
            x = norm(words[ids] + places[: len(ids)] + types[0], first)
            for query, key, value, attended, after_attention, inner, outer, after in layers:
                x = norm(x + linear(attention(x, query, key, value), attended), after_attention)
                h = linear(x, inner)
                h = 0.5 * h * (1 + np.vectorize(erf)(h / np.sqrt(2)))
                x = norm(x + linear(h, outer), after)
            v = x.mean(0) if pooling == "mean" else x[0]
            print(pooling, *("%.7f" % f for f in v / np.linalg.norm(v)))


main()
