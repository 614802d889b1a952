#!/bin/sh
# Let somebody choose a file here and say what to do with it; in a pipe, or by a screen reader, by number.
#
#     sh examples/choose.sh

file=$(find . -type f -not -path '*/.*' | parl menu --choose --prompt "File?")
case $? in
0) ;;
1) echo "nothing to choose from" >&2; exit 1 ;;
130) echo "left" >&2; exit 130 ;;
*) exit ;;
esac

case $(parl menu --choose --prompt "And then?" --timeout 20s --default show show count) in
show) head -n 20 "$file" ;;
count) wc -l "$file" ;;
esac
