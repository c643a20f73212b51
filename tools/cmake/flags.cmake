# How our own C is compiled. Generated and third-party code gets none of the warnings.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# assert() stays on in every build
set(CMAKE_C_FLAGS_DEBUG "-Og -g")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-fno-omit-frame-pointer -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)

if(CHATSPHERE_FUZZ)
    string(APPEND CHATSPHERE_SANITIZE ",fuzzer-no-link")
    string(REGEX REPLACE "^," "" CHATSPHERE_SANITIZE "${CHATSPHERE_SANITIZE}")
endif()
if(CHATSPHERE_SANITIZE)
    add_compile_options(-fsanitize=${CHATSPHERE_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${CHATSPHERE_SANITIZE})
endif()

if(CHATSPHERE_HARDEN)
    include(CheckPIESupported)
    check_pie_supported(LANGUAGES C)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
    add_link_options(-Wl,-z,relro,-z,now,--as-needed)
endif()

add_library(cs_flags INTERFACE)
target_compile_options(cs_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
    -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wnull-dereference -Wimplicit-fallthrough)
if(CHATSPHERE_WERROR)
    target_compile_options(cs_flags INTERFACE -Werror)
endif()
target_include_directories(cs_flags INTERFACE ${CMAKE_SOURCE_DIR}/libs ${CMAKE_SOURCE_DIR}/services)
target_link_libraries(cs_flags INTERFACE Threads::Threads)

# what we never call is an error in every file of ours
file(GLOB banned CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/libs/base/banned.h)
if(banned)
    target_compile_options(cs_flags INTERFACE "SHELL:-include ${banned}")
endif()
