#!/bin/sh
# A script that is a menu: it asks, does, and asks again, until somebody leaves.
#
#     sh examples/menu.sh [FOLDER]
#
# At a terminal with arrows and a filter; in a pipe with numbers: printf '1\n' | sh examples/menu.sh

cd "${1:-.}" || exit

while task=$(parl menu --choose --prompt "$(basename "$PWD")>" --label-separator : \
    "How full the disk is:disk" "The newest files:newest" "The largest files:largest" "Leave:leave"); do
    case $task in
    disk) df -h . ;;
    newest) ls -lt | head -n 6 ;;
    largest) du -a . | sort -rn | head -n 5 ;;
    leave) exit 0 ;;
    esac
done
