# From proto/chatsphere/v1/*.proto, all below ${build}/proto, which is an include root:
#   cs_pb        the messages (protoc-c), and google/protobuf/descriptor, which options.proto imports
#   names.h      short typedefs of them (cs_gen)
#   *.rpc.h      the method table of each service, for its main.c (cs_gen)
#   cs_proto     what everybody links: cs_pb, names.h and *.rpc.h
#   cs_contract  one table of comments, limits, secrecy, streams (cs_gen); header: libs/pbjson/contract.h
find_program(PROTOC protoc REQUIRED)
find_program(PROTOC_GEN_C protoc-gen-c REQUIRED)
find_path(PROTOBUF_INCLUDE google/protobuf/descriptor.proto REQUIRED)

set(proto_in ${CMAKE_SOURCE_DIR}/proto)
set(proto_out ${CMAKE_BINARY_DIR}/proto)
set(protoc ${PROTOC} -I${proto_in} -I${PROTOBUF_INCLUDE})
file(MAKE_DIRECTORY ${proto_out})
file(GLOB proto_files RELATIVE ${proto_in} CONFIGURE_DEPENDS ${proto_in}/chatsphere/v1/*.proto)

set(pb_sources)
set(pb_inputs)
foreach(proto IN LISTS proto_files ITEMS google/protobuf/descriptor.proto)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(source ${proto_out}/${stem}.pb-c.c)
    set(input ${proto_in}/${proto})
    if(NOT EXISTS ${input})
        set(input ${PROTOBUF_INCLUDE}/${proto})
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${input}) # for its service lines, below
    # the depfile names the imports, so a change is generated again wherever it is seen
    add_custom_command(OUTPUT ${source} ${proto_out}/${stem}.pb-c.h
        COMMAND ${protoc} --plugin=protoc-gen-c=${PROTOC_GEN_C} --c_out=${proto_out}
            --dependency_out=${source}.d ${proto}
        DEPENDS ${input} DEPFILE ${source}.d
        COMMENT "Generating ${stem}.pb-c.[ch]" VERBATIM)
    list(APPEND pb_sources ${source})
    list(APPEND pb_inputs ${input})
endforeach()

add_library(cs_pb STATIC ${pb_sources})
target_include_directories(cs_pb SYSTEM PUBLIC ${proto_out})
target_compile_options(cs_pb PRIVATE -w)
target_link_libraries(cs_pb PUBLIC dep::protobuf-c)

add_library(cs_proto INTERFACE)
target_link_libraries(cs_proto INTERFACE cs_pb)

# the rest needs the generator
file(GLOB generator CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/gen/*.c)
if(NOT generator OR NOT proto_files)
    add_library(cs_contract INTERFACE)
    return()
endif()

add_executable(cs_gen ${generator})
target_link_libraries(cs_gen PRIVATE cs_pb cs_base cs_flags)

set(set ${proto_out}/contract.bin)
add_custom_command(OUTPUT ${set}
    COMMAND ${protoc} --include_source_info --include_imports --descriptor_set_out=${set} ${proto_files}
    DEPENDS ${pb_inputs} COMMENT "Generating contract.bin" VERBATIM)
add_custom_command(OUTPUT ${proto_out}/chatsphere/v1/names.h
    COMMAND cs_gen --names ${set} ${proto_out}/chatsphere/v1/names.h
    DEPENDS ${set} cs_gen COMMENT "Generating names.h" VERBATIM)
add_custom_command(OUTPUT ${proto_out}/contract.c
    COMMAND cs_gen ${set} ${proto_out}/contract.c
    DEPENDS ${set} cs_gen COMMENT "Generating contract.c" VERBATIM)


set(tables)
foreach(proto IN LISTS proto_files)
    file(STRINGS ${proto_in}/${proto} services REGEX "^service ")
    if(services)
        string(REGEX REPLACE "\\.proto$" ".rpc.h" table ${proto_out}/${proto})
        list(APPEND tables ${table})
    endif()
endforeach()
add_custom_command(OUTPUT ${tables}
    COMMAND cs_gen --methods ${set} ${proto_out}
    DEPENDS ${set} cs_gen COMMENT "Generating *.rpc.h" VERBATIM)

add_custom_target(cs_names DEPENDS ${proto_out}/chatsphere/v1/names.h ${tables})
add_dependencies(cs_proto cs_names)

add_library(cs_contract STATIC ${proto_out}/contract.c)
target_link_libraries(cs_contract PUBLIC cs_proto PRIVATE cs_flags)
