-- CreateTable
CREATE TABLE "orders" (
    "id" INTEGER NOT NULL,
    "account" INTEGER NOT NULL,
    "placed_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "note" TEXT,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_account_fkey" FOREIGN KEY ("account") REFERENCES "accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
