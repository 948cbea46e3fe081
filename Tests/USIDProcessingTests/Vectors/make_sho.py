#!/usr/bin/env python3
"""Makes sho.c64 and sho.txt: 64 of the spectra of swift-usid's benchmark of oscillator fits, and their best parameters.

sho.c64: 64 x 128 complex64, little endian; frequencies numpy.linspace(0.9, 1.1, 128).
sho.txt: a line a spectrum: amplitude, frequency, quality factor, phase, R2, by scipy.optimize.least_squares(method="lm")
with the analytic Jacobian and all tolerances at 1e-15."""
import os
import numpy as np
from scipy.optimize import least_squares

here = os.path.dirname(os.path.abspath(__file__))
n, m, side = 4096, 128, 64
w = np.linspace(0.9, 1.1, m)


def sho(p):
    a, w0, q, phase = p
    return a * np.exp(1j * phase) * w0**2 / (w**2 - 1j * w * w0 / q - w0**2)


def derivatives(p):
    a, w0, q, phase = p
    h, d = sho(p), w**2 - 1j * w * w0 / q - w0**2
    j = np.stack([h / a, 2 * h / w0 + h * (1j * w / q + 2 * w0) / d, -h * 1j * w * w0 / q**2 / d, 1j * h], 1)
    return np.concatenate([j.real, j.imag])


def residual(p, h):
    d = sho(p) - h
    return np.concatenate([d.real, d.imag])


i = np.arange(n)
u, v = i % side / side, i // side / side
rng = np.random.default_rng(7)
truth = np.stack([1e-3 * (1 + 0.5 * np.sin(5 * u)), 1 + 0.03 * np.cos(4 * v + u), 80 + 40 * np.sin(3 * u * v + 1),
                  0.8 * np.sin(6 * v)], 1)
spectra = np.stack([sho(p) for p in truth])
spectra += 0.002 * (rng.standard_normal(spectra.shape) + 1j * rng.standard_normal(spectra.shape))
spectra = spectra.astype("<c8")
chosen = (i % 65 == 0)[:n].nonzero()[0]
chosen = np.append(chosen, 31)[:64]
spectra[chosen].tofile(os.path.join(here, "sho.c64"))
with open(os.path.join(here, "sho.txt"), "w") as f:
    for k in chosen:
        h = spectra[k].astype(complex)
        scale = truth[k] * [1, 1, 1, 0] + [0, 0, 0, 1]
        r = least_squares(lambda p: residual(p * scale, h), truth[k] / scale,
                          jac=lambda p: derivatives(p * scale) * scale, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
        p = r.x * scale
        total = np.sum(np.abs(h - h.mean()) ** 2)
        print(*[repr(float(x)) for x in [*p, 1 - 2 * r.cost / total]], file=f)
