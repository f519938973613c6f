/* Solvers that let our own responder answer: http-01 (--standalone) and tls-alpn-01 (--alpn). */
#ifndef STANDALONE_H
#define STANDALONE_H

#include "solver.h"

extern const struct solver standalone_solver, alpn_solver;

#endif
