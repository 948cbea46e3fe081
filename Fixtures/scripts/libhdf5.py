"""libhdf5 calls that h5py does not offer, made with ctypes on the library h5py has loaded.

Every function named in SIGNATURES becomes callable as `lib.H5Xname(...)`; a negative
answer raises HDF5Error. Identifiers are plain integers (`h5py_object.id`).
"""

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_int, c_int64, c_size_t, c_ssize_t, c_uint, c_uint64, c_void_p

import h5py

ID = c_int64
SIZE = c_uint64
DEFAULT = 0
ALL = 0

SIGNATURES = {
    # data in the file's own datatype
    "H5Dread": (c_int, ID, ID, ID, ID, ID, c_void_p),
    "H5Dwrite": (c_int, ID, ID, ID, ID, ID, c_void_p),
    "H5Dvlen_reclaim": (c_int, ID, ID, ID, c_void_p),
    "H5Aread": (c_int, ID, ID, c_void_p),
    "H5Awrite": (c_int, ID, ID, c_void_p),
    "H5Pget_fill_value": (c_int, ID, ID, c_void_p),
    "H5Pset_fill_value": (c_int, ID, ID, c_void_p),
    "H5Pfill_value_defined": (c_int, ID, POINTER(c_int)),
    # datatypes
    "H5Tget_class": (c_int, ID),
    "H5Tget_size": (c_size_t, ID),
    "H5Tget_order": (c_int, ID),
    "H5Tget_precision": (c_size_t, ID),
    "H5Tget_offset": (c_int, ID),
    "H5Tget_pad": (c_int, ID, POINTER(c_int), POINTER(c_int)),
    "H5Tget_inpad": (c_int, ID),
    "H5Tget_sign": (c_int, ID),
    "H5Tget_norm": (c_int, ID),
    "H5Tget_ebias": (c_size_t, ID),
    "H5Tget_fields": (c_int, ID) + (POINTER(c_size_t),) * 5,
    "H5Tget_strpad": (c_int, ID),
    "H5Tget_cset": (c_int, ID),
    "H5Tget_tag": (c_void_p, ID),
    "H5Tget_nmembers": (c_int, ID),
    "H5Tget_member_name": (c_void_p, ID, c_uint),
    "H5Tget_member_offset": (c_size_t, ID, c_uint),
    "H5Tget_member_type": (ID, ID, c_uint),
    "H5Tget_member_value": (c_int, ID, c_uint, c_void_p),
    "H5Tget_super": (ID, ID),
    "H5Tget_array_ndims": (c_int, ID),
    "H5Tget_array_dims2": (c_int, ID, POINTER(SIZE)),
    "H5Tequal": (c_int, ID, ID),
    "H5Tis_variable_str": (c_int, ID),
    "H5Tvlen_create": (ID, ID),
    "H5Tarray_create2": (ID, ID, c_uint, POINTER(SIZE)),
    "H5Tcomplex_create": (ID, ID),
    "H5Tcreate": (ID, c_int, c_size_t),
    "H5Tcopy": (ID, ID),
    "H5Tset_size": (c_int, ID, c_size_t),
    "H5Tset_precision": (c_int, ID, c_size_t),
    "H5Tset_offset": (c_int, ID, c_size_t),
    "H5Tset_pad": (c_int, ID, c_int, c_int),
    "H5Tset_fields": (c_int, ID) + (c_size_t,) * 5,
    "H5Tset_ebias": (c_int, ID, c_size_t),
    "H5Tset_norm": (c_int, ID, c_int),
    "H5Tset_tag": (c_int, ID, c_char_p),
    "H5Tinsert": (c_int, ID, c_char_p, c_size_t, ID),
    "H5Tenum_create": (ID, ID),
    "H5Tenum_insert": (c_int, ID, c_char_p, c_void_p),
    "H5Tcommit2": (c_int, ID, c_char_p, ID, ID, ID, ID),
    # objects made with identifiers that h5py has no class for
    "H5Dcreate2": (ID, ID, c_char_p, ID, ID, ID, ID, ID),
    "H5Dclose": (c_int, ID),
    "H5Acreate2": (ID, ID, c_char_p, ID, ID, ID, ID),
    "H5Aclose": (c_int, ID),
    "H5Oclose": (c_int, ID),
    "H5Tclose": (c_int, ID),
    "H5Sclose": (c_int, ID),
    "H5Oset_comment": (c_int, ID, c_char_p),
    # references
    "H5Rcreate": (c_int, c_void_p, ID, c_char_p, c_int, ID),
    "H5Rdereference2": (ID, ID, ID, c_int, c_void_p),
    "H5Rget_region": (ID, ID, c_int, c_void_p),
    "H5Rcreate_object": (c_int, ID, c_char_p, ID, c_void_p),
    "H5Rcreate_region": (c_int, ID, c_char_p, ID, ID, c_void_p),
    "H5Rcreate_attr": (c_int, ID, c_char_p, c_char_p, ID, c_void_p),
    "H5Rdestroy": (c_int, c_void_p),
    "H5Rget_type": (c_int, c_void_p),
    "H5Ropen_object": (ID, c_void_p, ID, ID),
    "H5Ropen_region": (ID, c_void_p, ID, ID),
    "H5Rget_attr_name": (c_ssize_t, c_void_p, c_void_p, c_size_t),
    # dataspaces of references
    "H5Sget_select_type": (c_int, ID),
    "H5Sget_select_npoints": (c_int64, ID),
    "H5Sget_simple_extent_ndims": (c_int, ID),
    "H5Sget_simple_extent_dims": (c_int, ID, POINTER(SIZE), POINTER(SIZE)),
    "H5Sget_select_hyper_nblocks": (c_int64, ID),
    "H5Sget_select_hyper_blocklist": (c_int, ID, SIZE, SIZE, POINTER(SIZE)),
    "H5Sget_select_elem_npoints": (c_int64, ID),
    "H5Sget_select_elem_pointlist": (c_int, ID, SIZE, SIZE, POINTER(SIZE)),
    "H5Sget_regular_hyperslab": (c_int, ID) + (POINTER(SIZE),) * 4,
    "H5Sis_regular_hyperslab": (c_int, ID),
    # property lists
    "H5Pcreate": (ID, ID),
    "H5Pclose": (c_int, ID),
    "H5Pset_nbit": (c_int, ID),
    "H5Pset_deflate": (c_int, ID, c_uint),
    "H5Pset_chunk_opts": (c_int, ID, c_uint),
    "H5Pset_istore_k": (c_int, ID, c_uint),
    "H5Pset_sym_k": (c_int, ID, c_uint, c_uint),
    "H5Pset_link_phase_change": (c_int, ID, c_uint, c_uint),
    "H5Pset_shared_mesg_nindexes": (c_int, ID, c_uint),
    "H5Pset_shared_mesg_index": (c_int, ID, c_uint, c_uint, c_uint),
    "H5Pset_shared_mesg_phase_change": (c_int, ID, c_uint, c_uint),
    "H5Pset_attr_phase_change": (c_int, ID, c_uint, c_uint),
    "H5Pset_small_data_block_size": (c_int, ID, SIZE),
    "H5Pset_mdc_image_config": (c_int, ID, c_void_p),
    "H5Pset_obj_track_times": (c_int, ID, c_bool),
    # user-defined links
    "H5Lregister": (c_int, c_void_p),
    "H5Lcreate_ud": (c_int, ID, c_char_p, c_int, c_void_p, c_size_t, ID, ID),
    "H5free_memory": (c_int, c_void_p),
}
UNSIGNED_ANSWERS = (c_size_t, c_void_p)


class HDF5Error(Exception):
    """libhdf5 answered with an error."""


class _Library:
    def __init__(self):
        self._handle = ctypes.CDLL(h5py.h5.__file__)

    def __getattr__(self, name):
        signature = SIGNATURES[name]
        function = getattr(self._handle, name)
        function.restype, function.argtypes = signature[0], list(signature[1:])

        def checked(*arguments):
            answer = function(*arguments)
            if signature[0] not in UNSIGNED_ANSWERS and answer < 0:
                raise HDF5Error(name)
            return answer

        setattr(self, name, checked)
        return checked

    def constant(self, name):
        """The identifier behind a predefined name such as H5T_STD_REF; None where this libhdf5 lacks it."""
        try:
            return ID.in_dll(self._handle, name + "_g").value
        except ValueError:
            return None


lib = _Library()


def text_and_free(pointer):
    """The bytes of a C string that libhdf5 allocated for the caller."""
    if not pointer:
        return b""
    text = ctypes.string_at(pointer)
    lib.H5free_memory(pointer)
    return text


def sizes(values):
    """A C array of hsize_t; at least one element long."""
    values = list(values)
    return (SIZE * max(1, len(values)))(*values)
