# Third-party libraries, each as a target dep::<name>.
find_package(PkgConfig REQUIRED)

function(cs_dep name module)
    pkg_check_modules(dep_${name} REQUIRED QUIET IMPORTED_TARGET GLOBAL ${module})
    add_library(dep::${name} ALIAS PkgConfig::dep_${name})
endfunction()

# for a library that ships no .pc file
function(cs_dep_plain name header)
    find_path(dep_${name}_include ${header} REQUIRED)
    find_library(dep_${name}_library ${name} REQUIRED)
    mark_as_advanced(dep_${name}_include dep_${name}_library)
    add_library(dep_${name} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(dep_${name} PROPERTIES IMPORTED_LOCATION ${dep_${name}_library}
        INTERFACE_INCLUDE_DIRECTORIES ${dep_${name}_include})
    add_library(dep::${name} ALIAS dep_${name})
endfunction()

cs_dep(protobuf-c libprotobuf-c)
cs_dep(nats libnats)
cs_dep(pq libpq)
cs_dep(curl libcurl)
cs_dep(jansson jansson)
cs_dep(jwt libjwt)
cs_dep(sodium libsodium)
cs_dep(ssl libssl)
cs_dep(crypto libcrypto)
cs_dep(z zlib)
cs_dep(md4c md4c)
cs_dep(utf8proc libutf8proc)
cs_dep(h2o libh2o-evloop)
# h2o.h assumes libuv unless told
set_property(TARGET PkgConfig::dep_h2o APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS H2O_USE_LIBUV=0)
cs_dep_plain(wslay wslay/wslay.h)
cs_dep_plain(stemmer libstemmer.h)
if(CHATSPHERE_TESTS)
    cs_dep(cmocka cmocka)
endif()
