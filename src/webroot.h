/* The solver of -w: the token's file in the folder of a web server that runs already. */
#ifndef WEBROOT_H
#define WEBROOT_H

#include "solver.h"

extern const struct solver webroot_solver;

#endif
