/* Shape rules that rows share.  A plan fills in rank and sizes of the outputs (and their type where
 * no variable of the signature binds it); at STAGE_OPEN sizes may be symbols (negative), so rules
 * only ask whether sizes are equal or known. */
#ifndef KOWARI_PLAN_H
#define KOWARI_PLAN_H
#include "ops.h"

kw__kernel kw__plan_same;      /* the first input's shape */
kw__kernel kw__plan_broadcast; /* NumPy's broadcasting of all inputs */
kw__kernel kw__plan_if_else, kw__plan_while_loop, kw__plan_repeat, kw__plan_list_reserve,
    kw__plan_list_set, kw__plan_list_append, kw__plan_try_call, kw__plan_optional;
kw__kernel kw__plan_call, kw__plan_copy, kw__plan_if_none, kw__plan_cast, kw__plan_clamp_cast,
    kw__plan_size_of;
kw__kernel kw__plan_int_power;
kw__kernel kw__plan_reduce, kw__plan_moment, kw__plan_extreme, kw__plan_arg_extreme;
kw__kernel kw__plan_along; /* attribute 0 is an axis; None: of all elements in one row */
kw__kernel kw__plan_diff, kw__plan_scan;
kw__kernel kw__plan_sort, kw__plan_median, kw__plan_quantile, kw__plan_searchsorted,
    kw__plan_interp;
kw__kernel kw__plan_rolling;
kw__kernel kw__plan_convolve, kw__plan_fourier, kw__plan_lstsq;
kw__kernel kw__plan_reshape, kw__plan_reshape_to, kw__plan_expand_dims, kw__plan_squeeze,
    kw__plan_transpose;
kw__kernel kw__plan_broadcast_to, kw__plan_broadcast_like, kw__plan_concat, kw__plan_stack;
kw__kernel kw__plan_slice, kw__plan_take, kw__plan_compress, kw__plan_arange, kw__plan_arange_real;
kw__kernel kw__plan_set_item, kw__plan_set_slice, kw__plan_put;
kw__kernel kw__plan_softmax, kw__plan_forest;
kw__kernel kw__plan_fully_connected, kw__plan_pack_filters, kw__plan_conv2d,
    kw__plan_depthwise_conv2d, kw__plan_transpose_conv, kw__plan_pool2d;
kw__kernel kw__plan_resize, kw__plan_space_to_depth, kw__plan_depth_to_space;
kw__kernel kw__plan_quantize, kw__plan_requantize, kw__plan_dense_i8, kw__plan_softmax_i8;
kw__kernel kw__plan_quantize_rows, kw__plan_hybrid_dense, kw__plan_hybrid_convolution,
    kw__plan_hybrid_depthwise;
kw__kernel kw__plan_lstm;
kw__kernel kw__plan_reshape_by, kw__plan_broadcast_by, kw__plan_tile, kw__plan_shape_of,
    kw__plan_transpose_by, kw__plan_insert_axis, kw__plan_block, kw__plan_strided_slice,
    kw__plan_split, kw__plan_unstack;
kw__kernel kw__plan_pad, kw__plan_mirror_pad, kw__plan_gather, kw__plan_gather_nd,
    kw__plan_scatter_nd, kw__plan_update_slice, kw__plan_range, kw__plan_top_k, kw__plan_argwhere;
kw__kernel kw__plan_place, kw__plan_matmul_batch;

/* NumPy's rule for one axis: equal, or one of them 1.  False: they do not broadcast. */
bool kw__join_size(int64_t a, int64_t b, int64_t *out);
kw_status kw__check_axis(kw__frame *frame, const kw__node *node, int64_t axis, int32_t rank);
/* The first input with `to` elements along its last axis in place of `from`. */
kw_status kw__plan_rows(kw__frame *frame, const kw__node *node, int64_t from, int64_t to);
/* One scale, or one for each of `size` indices. */
kw_status kw__check_scales(kw__frame *frame, const kw__node *node, int64_t scales, int64_t size);
/* Is input `index` a constant of section INDICES?  The library holds a copy, so that what a plan
 * verified stays true. */
bool kw__is_index_constant(const kw__frame *frame, const kw__node *node, int32_t index);
void kw__copy_shape(kw__tensor *to, const kw__tensor *from);

#endif
