# Says how large LIBRARY is.
file(SIZE ${LIBRARY} bytes)
get_filename_component(name ${LIBRARY} NAME)
message("${name}: ${bytes} bytes")
