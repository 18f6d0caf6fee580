"""What you would use without a network: PCA, logistic PCA, filters, neighbours, the bytes of PNG, JPEG and zlib."""

from .codecs import coded_bytes, entropy_bytes, jpeg, png_bytes, quantise, sheet, to_bytes, zlib_bytes
from .filters import bicubic, gaussian_filter, median_filter, nearest_inpainting
from .neighbours import nearest, neighbour_graph, neighbour_purity, spread_labels
from .pca import PCA, LogisticPCA, logistic_pca, pca, pca_ladder

__all__ = [
    "PCA", "LogisticPCA", "bicubic", "coded_bytes", "entropy_bytes", "gaussian_filter", "jpeg", "logistic_pca",
    "median_filter", "nearest", "nearest_inpainting", "neighbour_graph", "neighbour_purity", "pca", "pca_ladder",
    "png_bytes", "quantise", "sheet", "spread_labels", "to_bytes", "zlib_bytes",
]  # fmt: skip
