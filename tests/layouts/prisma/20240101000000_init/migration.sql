-- CreateEnum
CREATE TYPE "account_state" AS ENUM ('active', 'closed');

-- CreateTable
CREATE TABLE "accounts" (
    "id" INTEGER NOT NULL,
    "email" TEXT NOT NULL,
    "state" "account_state" NOT NULL DEFAULT 'active',

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);
