/* Walks a forest: what `stationcast compile` builds for each platform. model/compiled.py has the
 * form of the arrays, and calls this through ctypes.
 *
 * Twelve rows go down a tree together. Each waits for memory on each level, and while one waits the
 * others move. Two times twelve are the 24 lead times of a request. */

#include <stddef.h>
#include <stdint.h>

#define ROWS 12
#define OUTPUTS 3

typedef struct {
    float threshold;
    uint32_t split; /* number of the feature, twice, and 1 more where NaN goes left */
} Node;

void walk_forest(const Node *nodes, const float *leaves, const int32_t *depths, int32_t trees,
                 const float *base, const float *rows, int64_t count, int64_t width, float *values)
{
    for (int64_t first = 0; first < count; first += ROWS) {
        const int many = count - first < ROWS ? (int)(count - first) : ROWS;
        const Node *tree = nodes;
        const float *tree_leaves = leaves;
        const float *row[ROWS];
        float sum[ROWS][OUTPUTS];
        /* The last rows are fewer: the first of them is asked again for each that is not there. */
        for (int i = 0; i < ROWS; i++) {
            row[i] = rows + (first + (i < many ? i : 0)) * width;
            for (int out = 0; out < OUTPUTS; out++)
                sum[i][out] = base[out];
        }
        for (int32_t t = 0; t < trees; t++) {
            const uint32_t inner = (1u << depths[t]) - 1;
            uint32_t at[ROWS] = {0};
            for (int32_t level = 0; level < depths[t]; level++)
                for (int i = 0; i < ROWS; i++) {
                    const Node node = tree[at[i]];
                    const float value = row[i][node.split >> 1];
                    const uint32_t unknown_left = (uint32_t)(value != value) & node.split;
                    const uint32_t right = (uint32_t)!(value < node.threshold) & ~unknown_left;
                    at[i] = 2 * at[i] + 1 + right;
                }
            /* Tree by tree and in single precision, as XGBoost adds: the same sum to the last bit. */
            for (int i = 0; i < ROWS; i++)
                for (int out = 0; out < OUTPUTS; out++)
                    sum[i][out] += tree_leaves[(size_t)(at[i] - inner) * OUTPUTS + out];
            tree += inner;
            tree_leaves += (size_t)(inner + 1) * OUTPUTS;
        }
        for (int i = 0; i < many; i++)
            for (int out = 0; out < OUTPUTS; out++)
                values[(first + i) * OUTPUTS + out] = sum[i][out];
    }
}
