/* The 2-2-1 OR gate by hand: sigmoid, half squared error summed over the four samples, plain gradient descent.
   The same steps in the same order as Backproof's, in double precision; costs[t] is the cost before update t. */
#include <math.h>

static const double X[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
static const double Y[4] = {0, 1, 1, 1};

static double sigmoid(double h) { return 1 / (1 + exp(-h)); }

/* p: w11, w12, w21, w22 (from, to), b1, b2, then v1, v2 to the output and its bias c */
void train(double *p, int steps, double rate, double *costs)
{
    double W[2][2] = {{p[0], p[1]}, {p[2], p[3]}}, b[2] = {p[4], p[5]}, v[2] = {p[6], p[7]}, c = p[8];
    for (int t = 0; t < steps; t++) {
        double gW[2][2] = {{0}}, gb[2] = {0}, gv[2] = {0}, gc = 0, cost = 0;
        for (int s = 0; s < 4; s++) {
            double a[2];
            for (int j = 0; j < 2; j++)
                a[j] = sigmoid(X[s][0] * W[0][j] + X[s][1] * W[1][j] + b[j]);
            double out = sigmoid(a[0] * v[0] + a[1] * v[1] + c);
            cost += 0.5 * (Y[s] - out) * (Y[s] - out);
            double delta = (out - Y[s]) * out * (1 - out);
            for (int j = 0; j < 2; j++) {
                double hidden = delta * v[j] * a[j] * (1 - a[j]);
                gv[j] += a[j] * delta;
                gW[0][j] += X[s][0] * hidden;
                gW[1][j] += X[s][1] * hidden;
                gb[j] += hidden;
            }
            gc += delta;
        }
        for (int j = 0; j < 2; j++) {
            W[0][j] -= rate * gW[0][j];
            W[1][j] -= rate * gW[1][j];
            b[j] -= rate * gb[j];
            v[j] -= rate * gv[j];
        }
        c -= rate * gc;
        costs[t] = cost;
    }
    p[0] = W[0][0], p[1] = W[0][1], p[2] = W[1][0], p[3] = W[1][1];
    p[4] = b[0], p[5] = b[1], p[6] = v[0], p[7] = v[1], p[8] = c;
}
