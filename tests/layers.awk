# The dependency rule of src/, for `make layers`:
#   awk -v order="arena buf ..." -v tls="rand hash ..." -f layers.awk src/*.[ch]
# A file of module M (src/M.c, src/M.h, src/M_*.c) includes M's headers, acme.h, and headers of
# modules that stand before M in the order. Only the modules in `tls` see mbedTLS.
BEGIN {
	n = split(order, name, " ")
	for (i = 1; i <= n; i++)
		rank[name[i]] = i
	split(tls, name, " ")
	for (i in name)
		tls_user[name[i]] = 1
}

# module of a file name: options.c -> options, cmd_issue.c -> cmd
function module(file) {
	sub(/.*\//, "", file)
	sub(/\.[ch]$/, "", file)
	sub(/_.*/, "", file)
	return file
}

function breach(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}

FNR == 1 {
	own = module(FILENAME)
	config = FILENAME ~ /mbedtls_config\.h$/
	if (!config && !(own in rank))
		breach("module " own " stands on no floor: add it to one in the Makefile")
}

/^[ \t]*#[ \t]*include/ && !config && own in rank {
	file = $0
	gsub(/^[^<"]*[<"]|[>"].*/, "", file)
	other = module(file)
	if (file ~ /^(mbedtls|psa)\/|^mbedtls_config/) {
		if (!(own in tls_user))
			breach("only " tls " may include mbedTLS's headers")
	} else if (/"/ && file !~ /^(\.\.\/)?acme\.h$|\.list$|^cJSON\.h$/ &&
	    other in rank && rank[other] > rank[own])
		breach(own " may not include " file ", which stands later in SRC")
}

END { exit bad }
